import { CliError } from './errors.ts'
import { readBounded } from './read-bounded.ts'

/** An action as a file describes it: what `actionDigest` of `@sallyport/step-up` takes. */
export interface GivenAction {
  readonly user: string
  readonly method: string
  readonly path: string
  readonly query: unknown
  readonly body: unknown
  readonly name: string
  readonly show: readonly (readonly [string, string])[]
}

const MAX_BYTES = 4_194_304
const MEMBERS = ['user', 'method', 'path', 'query', 'body', 'name', 'show']

/**
 * Reads an action from a JSON file. A member too many or too few is refused, because the digest of another action would be
 * computed.
 *
 * @param path the file, from the command line; at most 4 MB.
 * @throws CliError `ERR_CLI_UNREADABLE` when it cannot be read or is not an action.
 */
export async function readAction(path: string): Promise<GivenAction> {
  const action = parseAction(await readBounded(path, 'action', { maxBytes: MAX_BYTES }))
  if (action !== undefined) return action
  throw new CliError('ERR_CLI_UNREADABLE', `The action ${path} is not JSON with exactly ${MEMBERS.join(', ')}.`)
}

function parseAction(text: string): GivenAction | undefined {
  const value = parseJson(text)
  if (typeof value !== 'object' || value === null) return undefined
  if (Object.keys(value).toSorted().join() !== MEMBERS.toSorted().join()) return undefined
  if (!('user' in value && 'method' in value && 'path' in value && 'query' in value)) return undefined
  if (!('body' in value && 'name' in value && 'show' in value)) return undefined

  const { user, method, path, query, body, name, show } = value
  if (typeof user !== 'string' || typeof method !== 'string') return undefined
  if (typeof path !== 'string' || typeof name !== 'string') return undefined
  return isShown(show) ? { user, method, path, query, body, name, show } : undefined
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function isShown(value: unknown): value is GivenAction['show'] {
  return Array.isArray(value) && value.every(isPair)
}

function isPair(value: unknown): boolean {
  return Array.isArray(value) && value.length === 2 && value.every((part) => typeof part === 'string')
}
