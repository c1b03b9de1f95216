import { IncomingMessage } from 'node:http'
import { RequestContextError } from './errors.ts'
import { nearestKey } from './nearest-key.ts'

/**
 * Refuses options that are none, a request in their place, and members that nobody reads.
 *
 * @param where What the options are of.
 * @param options What the application passed.
 * @param known The names that exist.
 * @throws RequestContextError `ERR_REQUEST_CONTEXT_OPTIONS`, with the nearest name for a misspelt one.
 */
export function refuseUnknown(where: string, options: object, known: readonly string[]): void {
  demand(typeof options === 'object' && options !== null, `The options of ${where} are an object.`)
  demand(
    !(options instanceof IncomingMessage),
    `${where} was mounted uncalled: app.use takes what it returns, ${where}({ … }).`,
  )
  for (const key of Object.keys(options)) {
    const near = nearestKey(key, known)
    const hint = near === undefined ? '' : `; did you mean "${near}"?`
    demand(known.includes(key), `${where} has no option "${key}"${hint}.`)
  }
}

/** Throws `ERR_REQUEST_CONTEXT_OPTIONS` unless the condition holds. */
export function demand(holds: boolean, message: string): asserts holds {
  if (!holds) throw new RequestContextError('ERR_REQUEST_CONTEXT_OPTIONS', message)
}

/** Tells whether a value is a text of 1 to 64 characters. */
export function isText(value: unknown): boolean {
  return typeof value === 'string' && value.length >= 1 && value.length <= 64
}
