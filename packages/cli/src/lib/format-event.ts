import type { LedgerEvent } from '@sallyport/audit/ledger'
import { oneLine } from './terminal.ts'

const TYPE_WIDTH = 32
const OUTCOME_WIDTH = 7
const FACTOR_WIDTH = 13
const REASON_WIDTH = 18

/**
 * Formats an event as one line for a person: time, type, outcome, factor, reason, flow and actor, `-` where there is
 * none. Nothing in an entry can add a line or command the terminal.
 *
 * @param event an event as read, not necessarily verified.
 */
export function formatEvent(event: LedgerEvent): string {
  const cells = [
    event.at,
    event.type.padEnd(TYPE_WIDTH),
    (event.outcome ?? '-').padEnd(OUTCOME_WIDTH),
    factorOf(event).padEnd(FACTOR_WIDTH),
    (event.reason ?? '-').padEnd(REASON_WIDTH),
    `flow=${event.flow ?? '-'}`,
    `actor=${event.actor?.id ?? '-'}`,
  ]
  return oneLine(cells.join('  '))
}

function factorOf(event: LedgerEvent): string {
  const asked = event.data['factor']
  return event.authn?.factor ?? (typeof asked === 'string' ? asked : '-')
}
