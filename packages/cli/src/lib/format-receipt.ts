import type { LedgerEvent } from '@sallyport/audit/ledger'

/** What a receipt proves. */
export interface ProvedReceipt {
  readonly event: LedgerEvent
  readonly origin: string
  readonly index: number
  readonly size: number
}

/**
 * Formats what a receipt proves for a person who has little time: who, what, when, how it ended, and where it stands. The
 * lines hold what stands in the entry: make them fit for a terminal before they are shown.
 *
 * @param receipt as `verifyReceipt` proved it.
 */
export function formatReceipt({ event, origin, index, size }: ProvedReceipt): readonly string[] {
  const { actor, subject, authn, net, outcome, reason } = event
  const lines: readonly (readonly [string, string | undefined])[] = [
    ['who', actor === undefined ? 'not said' : `${actor.id} (a pseudonym: a receipt holds no names)`],
    ['to whom', subject?.id],
    ['what', [event.type, ...whatOf(event)].join(', ')],
    ['when', event.at],
    ['outcome', [outcome ?? 'not said', ...(reason === undefined ? [] : [reason])].join(', ')],
    ['proved by', authn?.factor],
    ['from', net?.ip],
    ['event', event.id],
    ['place', `index ${index}, under a checkpoint of ${size} ${size === 1 ? 'entry' : 'entries'}`],
  ]
  const told = lines.flatMap(([name, value]) => (value === undefined ? [] : [`${`${name}:`.padEnd(11)}${value}`]))
  return [`good: this event stands in the ledger ${origin}, exactly as it is here`, ...told]
}

function whatOf({ target, data }: LedgerEvent): readonly string[] {
  const { method, route } = target ?? {}
  const request = [method, route].filter((part) => part !== undefined).join(' ')
  const named = ['requirement', 'action'].flatMap((name) => {
    const value = data[name]
    return typeof value === 'string' && value !== route ? [`${name} ${value}`] : []
  })
  return request === '' ? named : [request, ...named]
}
