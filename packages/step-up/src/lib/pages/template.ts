import type { Page, Template } from '../page-models.ts'
import { drawAuthenticators } from './authenticators.ts'
import { drawChallenge } from './challenge.ts'
import { renderDocument } from './document.ts'
import type { DocumentParts } from './document.ts'
import { drawEnrolFirst } from './enrol-first.ts'
import { drawEnrolment } from './enrolment.ts'
import { checkLanguages, pickLanguage } from './languages.ts'
import { drawMessage } from './message.ts'
import { messagesDe } from './messages-de.ts'
import { messagesEn } from './messages-en.ts'
import type { Messages } from './messages-en.ts'
import { needsScript } from './passkey.ts'
import { drawResume } from './resume.ts'
import { drawShownOnce } from './shown-once.ts'
import { drawSignIn } from './sign-in.ts'

/**
 * Makes the template of the pages from messages in one language or several: complete HTML documents with one style
 * element under the response's nonce, everything that is not ours escaped. Pages that use passkeys carry one script
 * under the same nonce; no other page carries any.
 *
 * @param messages all sentences in one language (`messagesEn` shows the shape), or such sets in the order of
 * preference: a page speaks the first language that the browser asks for and that is among them, or else the first.
 * @returns the template, for the option `template`.
 * @throws StepUpError `ERR_STEP_UP_OPTION` when there is no language, or when one lacks a sentence.
 * @see WCAG 2.2, level AA
 */
export function pageTemplate(messages: Messages | readonly Messages[]): Template {
  const available = checkLanguages(messages)
  return (page, { nonce, languages }) => {
    const spoken = pickLanguage(available, languages)
    return renderDocument({ messages: spoken, nonce, script: needsScript(page) }, drawPage(spoken, page))
  }
}

/** The pages in English and German. */
export const defaultTemplate: Template = pageTemplate([messagesEn, messagesDe])

function drawPage(messages: Messages, page: Page): DocumentParts {
  switch (page.page) {
    case 'challenge':
      return drawChallenge(messages, page)
    case 'enrol_first':
      return drawEnrolFirst(messages, page)
    case 'authenticators':
      return drawAuthenticators(messages, page)
    case 'enrolment':
      return drawEnrolment(messages, page)
    case 'shown_once':
      return drawShownOnce(messages, page)
    case 'sign_in':
      return drawSignIn(messages, page)
    case 'resume':
      return drawResume(messages, page)
    case 'message':
      return drawMessage(messages, page)
  }
}
