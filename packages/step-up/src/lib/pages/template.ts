import type { Page, Template } from '../page-models.ts'
import { drawAuthenticators } from './authenticators.ts'
import { drawChallenge } from './challenge.ts'
import { renderDocument } from './document.ts'
import type { DocumentParts } from './document.ts'
import { drawEnrolFirst, drawEnrolment } from './enrolment.ts'
import { drawMessage } from './message.ts'
import { messagesEn } from './messages-en.ts'
import type { Messages } from './messages-en.ts'
import { drawResume } from './resume.ts'

/**
 * Makes the template of the pages from a set of messages: complete HTML documents without scripts, with one style
 * element under the response's nonce, everything that is not ours escaped.
 *
 * @param messages all sentences in one language; `messagesEn` shows the shape.
 * @see WCAG 2.2, level AA
 */
export function pageTemplate(messages: Messages): Template {
  return (page, { nonce }) => renderDocument(messages, nonce, drawPage(messages, page))
}

/** The pages in English. */
export const defaultTemplate: Template = pageTemplate(messagesEn)

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
    case 'resume':
      return drawResume(messages, page)
    case 'message':
      return drawMessage(messages, page)
  }
}
