import type { Requirement } from './requirement.ts'

/** WCAG 2.2 on the pages of the second door. */
export const ACCESSIBILITY: readonly Requirement[] = [
  { id: 'A11Y-01', title: 'No step asks for memory or copying by hand', status: 'tested' },
  { id: 'A11Y-02', title: 'Fields say their purpose to the browser', status: 'tested' },
  { id: 'A11Y-03', title: 'The code field takes paste and autofill', status: 'tested' },
  { id: 'A11Y-04', title: 'What changes is announced', status: 'tested' },
  { id: 'A11Y-05', title: 'Errors are told in words at the field', status: 'tested' },
  { id: 'A11Y-06', title: 'Fields have labels and hints', status: 'tested' },
  { id: 'A11Y-07', title: 'Time limits are told and begun anew easily', status: 'tested' },
  { id: 'A11Y-08', title: 'What was typed survives the second door', status: 'tested' },
  { id: 'A11Y-09', title: 'Nothing is asked twice', status: 'tested' },
  { id: 'A11Y-10', title: 'Removal is confirmed first', status: 'tested' },
  { id: 'A11Y-11', title: 'Focus is visible, uncovered and in order', status: 'tested' },
  { id: 'A11Y-12', title: 'Keyboards are enough, and targets large enough', status: 'tested' },
  { id: 'A11Y-13', title: 'Nothing is sent by surprise', status: 'tested' },
  { id: 'A11Y-14', title: 'The QR code has its key as text', status: 'tested' },
  { id: 'A11Y-15', title: 'Contrast suffices and narrow screens reflow', status: 'tested' },
  { id: 'A11Y-16', title: 'Pages have language, title and roles', status: 'tested' },
  { id: 'A11Y-17', title: 'Passkeys have names, time and alternatives', status: 'tested' },
]
