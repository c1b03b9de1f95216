import type { LedgerEvent } from '@sallyport/audit'
import { formatEvent } from '@sallyport/audit/formats'
import { format } from 'winston'

import type { ResolvedOptions } from './options.ts'
import { plainCopy, plainText } from './plain-copy.ts'

/** What winston gets for one event. */
export interface Info {
  readonly level: string
  readonly message: string
  readonly [member: string]: unknown
}

/** Under this symbol an info carries its event, for formats of the application. JSON leaves it out. */
export const EVENT: unique symbol = Symbol.for('sallyport.event')

// Where winston keeps what transports write, and by which level they judge whether they do.
const MESSAGE = Symbol.for('message')
const LEVEL = Symbol.for('level')

/**
 * Makes the info of an event.
 *
 * @param event As the ledger gave it, with what was revealed for this sink.
 * @param level Its level.
 * @param options Which format was chosen.
 */
export function infoOf(
  event: LedgerEvent,
  level: string,
  options: Pick<ResolvedOptions, 'format' | 'formatOptions'>,
): Info {
  const { format: chosen, formatOptions } = options
  // winston's own formats write U+2028, C1 controls and bidirectional characters as they are.
  if (chosen === 'object') return { level, message: plainText(event.type), audit: plainCopy(event), [EVENT]: event }
  return { level, message: formatEvent(event, chosen, formatOptions), [EVENT]: event }
}

/** How `eventBody` lays out an info. */
export interface EventBodyOptions {
  /** The member that holds the event; its members are the info's own unless set. */
  readonly member?: string | undefined
}

/**
 * Makes a winston format that turns a line of `json`, `ocsf` or `ecs` into the object it stands for, without winston's own
 * `level` and `message`: for transports that send the info itself as JSON, such as Http.
 *
 * An info whose message is no JSON object, which none of the sink's is, passes as it came.
 *
 * @param options See `EventBodyOptions`.
 */
export function eventBody(options: EventBodyOptions = {}): ReturnType<ReturnType<typeof format>> {
  return format((info) => {
    const parsed = parseObject(info.message)
    if (parsed === undefined) return info
    const body = options.member === undefined ? parsed : { [options.member]: parsed }
    return Object.assign(Object.create(null), body, {
      [LEVEL]: info[LEVEL],
      [MESSAGE]: JSON.stringify(body),
      [EVENT]: info[EVENT],
    })
  })()
}

function parseObject(text: unknown): object | undefined {
  if (typeof text !== 'string') return undefined
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? value : undefined
  } catch {
    return undefined
  }
}
