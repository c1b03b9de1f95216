import { BEARER, DELIVERY, LOGOUT, NO_PASSWORDS } from './reasons.ts'
import type { Requirement } from './requirement.ts'

/** Where standards disagree: the side that was taken. */
export const CHOICES: readonly Requirement[] = [
  { id: 'C-01', title: 'E-mail codes are off and never a second factor', status: DELIVERY },
  { id: 'C-02', title: 'Phone codes are off and only beside a stronger way', status: DELIVERY },
  { id: 'C-03', title: 'One neighbouring time step, or none if so configured', status: 'tested' },
  { id: 'C-04', title: 'A short lock first, disabling after a hundred failures', status: 'tested' },
  { id: 'C-05', title: 'Idle and absolute limits are configurable', status: 'tested' },
  { id: 'C-06', title: 'No rule on the composition of passwords', status: NO_PASSWORDS },
  { id: 'C-07', title: 'Session tokens of 128 bits or more', status: 'tested' },
  { id: 'C-08', title: 'Recovery codes of 112 bits or more', status: 'tested' },
  { id: 'C-09', title: 'Logout tokens need their type, unless excused', status: LOGOUT },
  { id: 'C-10', title: 'Algorithms are pinned by configuration', status: 'tested' },
  { id: 'C-11', title: 'ID tokens are verified in the code flow too', status: 'tested' },
  { id: 'C-12', title: 'Retention by kind of event', status: 'tested' },
  { id: 'C-13', title: 'Erasing a person leaves the ledger good', status: 'tested' },
  { id: 'C-14', title: 'RFC 9470 for tokens, a problem of our own for sessions', status: BEARER },
  { id: 'C-15', title: 'Changes are refused while they cannot be recorded', status: 'tested' },
  { id: 'C-16', title: 'Routes can demand what no typed code shows', status: 'tested' },
]
