import { html, shown, trustedMarkup } from './html.ts'
import type { Markup } from './html.ts'
import type { MessageKey, Messages } from './messages-en.ts'

/**
 * Says a sentence with its `{name}` places filled in. What is filled in is escaped and shown as somebody else's words.
 *
 * @param sentence one of the messages, written by us or by a translator.
 * @param values what stands in each place; a place without a value stays empty.
 * @returns the sentence as markup.
 */
export function say(sentence: string, values: Readonly<Record<string, string | number | Markup>> = {}): Markup {
  const parts = sentence.split(/\{([a-z]+)\}/)
  return html`${parts.map((part, index) => (index % 2 === 0 ? html`${part}` : filled(values[part])))}`
}

/**
 * Fills the places of a sentence with other sentences of ours, where markup cannot stand, such as a title.
 *
 * @param sentence one of the messages.
 * @param values other messages.
 * @returns plain text, not yet escaped.
 */
export function fill(sentence: string, values: Readonly<Record<string, string>>): string {
  return sentence.replace(/\{([a-z]+)\}/g, (_place, name: string) => values[name] ?? '')
}

/**
 * Says what a factor wrote into one of its blocks: the message of that name, or else the words themselves.
 *
 * @param messages all sentences of the page's language.
 * @param words a message's name, or a factor's own words.
 */
export function sayBlock(messages: Messages, words: string): Markup {
  return isKey(messages, words) ? say(messages[words]) : shown(words)
}

/**
 * Shows a moment as a day, in the page's language and in UTC, with its exact time for machines.
 *
 * @param messages all sentences of the page's language.
 * @param at milliseconds since the epoch.
 */
export function sayDay(messages: Messages, at: number): Markup {
  return sayAs(messages, at, { dateStyle: 'long' })
}

/**
 * Shows a moment to the minute, in the page's language and in UTC, which it says.
 *
 * @param messages all sentences of the page's language.
 * @param at milliseconds since the epoch.
 */
export function sayMoment(messages: Messages, at: number): Markup {
  return html`${sayAs(messages, at, { dateStyle: 'medium', timeStyle: 'short' })} UTC`
}

function sayAs(messages: Messages, at: number, look: Intl.DateTimeFormatOptions): Markup {
  const moment = new Date(at)
  const words = new Intl.DateTimeFormat(messages.language, { ...look, timeZone: 'UTC' }).format(moment)
  return html`<time datetime="${moment.toISOString()}">${words}</time>`
}

const NOTHING = trustedMarkup('')

function filled(value: string | number | Markup | undefined): Markup {
  if (value === undefined) return NOTHING
  if (typeof value === 'string') return shown(value)
  return html`${value}`
}

function isKey(messages: Messages, words: string): words is MessageKey {
  return Object.hasOwn(messages, words)
}
