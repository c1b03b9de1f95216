import type { EventType } from './event-payloads.ts'
import { EVENTS } from './registry.ts'

// What the last part of a name says about how it went.
const FAILURES = /(?:fail(?:ed|ures_coalesced)|denied|refused|rejected|locked|disabled|regressed|after_end|lettered)$/
const IDENTIFIER = /^[A-Za-z_]\w*$/

/**
 * Gives, as a line of TypeScript, a call that records an event with its example: `emit`, or `commit` where the event
 * belongs to a change of records. `audit` is an open ledger, `event` comes from `@sallyport/audit`.
 */
export function exampleCall(type: EventType): string {
  const { durability, example } = EVENTS[type]
  const outcome = FAILURES.test(type) && !type.startsWith('account.') ? `outcome: 'failure', ` : ''
  const input = `{ ${outcome}data: ${literal(example)} }`
  if (durability !== 'barrier') return `await audit.emit('${type}', ${input})`
  return `await audit.commit({ writes: [], events: [event('${type}', ${input})] })`
}

function literal(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(literal).join(', ')}]`
  if (typeof value === 'string') return `'${value.replaceAll(/['\\]/g, String.raw`\$&`)}'`
  if (typeof value !== 'object' || value === null) return String(value)
  const members = Object.entries(value).map(([name, inner]) => {
    return `${IDENTIFIER.test(name) ? name : literal(name)}: ${literal(inner)}`
  })
  return members.length === 0 ? '{}' : `{ ${members.join(', ')} }`
}
