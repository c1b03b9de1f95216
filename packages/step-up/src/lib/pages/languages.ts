import { StepUpError } from '../errors.ts'
import { messagesEn } from './messages-en.ts'
import type { Messages } from './messages-en.ts'

/**
 * Checks the languages that a template is made of, once, before it draws anything.
 *
 * @param given one set of messages or several, the first of which is for everybody whose language is not among them.
 * @returns the sets, at least one.
 * @throws StepUpError `ERR_STEP_UP_OPTION` when there is none, or when one lacks a sentence.
 */
export function checkLanguages(given: Messages | readonly Messages[]): readonly [Messages, ...Messages[]] {
  const [first, ...others] = isList(given) ? given : [given]
  if (first === undefined) throw new StepUpError('ERR_STEP_UP_OPTION', 'pageTemplate needs at least one language.')
  for (const messages of [first, ...others]) checkComplete(messages)
  return [first, ...others]
}

/**
 * Picks the language of a page: the first wanted one that there is, exactly or by its primary language, or else the
 * first of all.
 *
 * @param available at least one.
 * @param wanted BCP 47 tags, the best first; controlled by the client, who can choose nothing but one of ours.
 * @see RFC 4647 section 3.4
 */
export function pickLanguage(available: readonly [Messages, ...Messages[]], wanted: readonly string[]): Messages {
  for (const tag of wanted.map((one) => one.toLowerCase())) {
    const found =
      available.find(({ language }) => language.toLowerCase() === tag) ??
      available.find(({ language }) => primary(language.toLowerCase()) === primary(tag))
    if (found !== undefined) return found
  }
  return available[0]
}

function primary(tag: string): string {
  return tag.split('-', 1)[0] ?? tag
}

/** A translation made for an earlier version, or written in JavaScript, may lack what the compiler would miss. */
function checkComplete(messages: Messages): void {
  const has: Readonly<Record<string, unknown>> = messages
  const missing = Object.keys(messagesEn).find((key) => typeof has[key] !== 'string')
  if (missing === undefined) return
  throw new StepUpError('ERR_STEP_UP_OPTION', `The messages of a language given to pageTemplate lack "${missing}".`)
}

function isList(given: Messages | readonly Messages[]): given is readonly Messages[] {
  return Array.isArray(given)
}
