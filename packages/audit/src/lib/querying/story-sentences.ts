import { EVENTS } from '../events/registry.ts'
import type { LedgerEvent } from '../events/types.ts'

// What an event says in clear may come from whoever wrote to the database: a word is short and has no strange signs.
const MAX_WORD = 80
const STRANGE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu

/**
 * Says in one sentence what an event says: what happened, with which factor, why, to what, from where and on what.
 *
 * @param event As read, not necessarily verified.
 * @param before The event told before it: from where and on what is said again only when it is another place or device.
 * @returns One line without control characters.
 */
export function sentenceOf(event: LedgerEvent, before?: LedgerEvent): string {
  const what = EVENTS[event.type].description.replace(/\.$/, '')
  const where = before !== undefined && whereOf(before) === whereOf(event) ? undefined : whereOf(event)
  const details = [factorOf(event), becauseOf(event), aboutOf(event), statusOf(event), where]
  const said = details.filter((detail) => detail !== undefined)
  return said.length === 0 ? `${what}.` : `${what}: ${said.join(', ')}.`
}

function whereOf(event: LedgerEvent): string | undefined {
  const said = [placeOf(event), deviceOf(event)].filter((detail) => detail !== undefined)
  return said.length === 0 ? undefined : said.join(', ')
}

function factorOf({ authn, data }: LedgerEvent): string | undefined {
  const factor = authn?.factor ?? data['factor']
  return typeof factor === 'string' ? `factor ${word(factor)}` : undefined
}

function becauseOf({ reason, data }: LedgerEvent): string | undefined {
  const because = reason ?? data['because']
  return typeof because === 'string' ? `because ${word(because).replaceAll('_', ' ')}` : undefined
}

function aboutOf({ data, target }: LedgerEvent): string | undefined {
  const { action, requirement, issuer, about } = data
  if (typeof action === 'string') return `for the action ${word(action)}`
  if (typeof requirement === 'string') return `for ${word(requirement)}`
  if (typeof issuer === 'string') return `at ${word(issuer)}`
  if (typeof about === 'string') return `about ${word(about)}`
  const method = target?.method === undefined ? '' : `${word(target.method)} `
  return target?.route === undefined ? undefined : `on ${method}${word(target.route)}`
}

function statusOf({ data }: LedgerEvent): string | undefined {
  const { status, durationMs } = data
  if (typeof status !== 'number' || typeof durationMs !== 'number') return undefined
  return `status ${status} after ${durationMs} ms`
}

function placeOf({ net }: LedgerEvent): string | undefined {
  if (net === undefined) return undefined
  const ip = word(String(net.ip))
  return net.country === undefined ? `from ${ip}` : `from ${ip} (${word(net.country)})`
}

function deviceOf({ device }: LedgerEvent): string | undefined {
  if (device === undefined) return undefined
  const named = [device.browser, device.os].flatMap((part) => (typeof part === 'string' ? [word(part)] : []))
  const known = device.known ? 'a known device' : 'a new device'
  return named.length === 0 ? `on ${known}` : `on ${known} (${named.join(' on ')})`
}

function word(text: string): string {
  return text.slice(0, MAX_WORD).replace(STRANGE, '')
}
