import { setTimeout } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import { OidcError } from '../errors.ts'
import { checkProviderOptions } from './provider-options.ts'
import type { ProviderOptions } from './provider-options.ts'

/** Says which provider a tenant has; `undefined` for a name that is no tenant's. Its rejection is a 503. */
export type FindTenant = (name: string) => ProviderOptions | undefined | Promise<ProviderOptions | undefined>

/** The doors of tenants, built when they are needed. */
export interface Tenants<Door> {
  /**
   * Finds the door of a tenant, as its options are now. Rejects with an `OidcError`: `ERR_OIDC_TENANT_UNAVAILABLE`, or
   * `ERR_OIDC_OPTION` for options that are wrong.
   *
   * @param name Of the form of a name; controlled by the client.
   */
  find(name: string): Promise<Door | undefined>
  /** The door of a tenant as it was last found, if it is kept. */
  known(name: string): Door | undefined
}

interface Kept<Door> {
  readonly options: ProviderOptions
  readonly door: Door
}

/** How many doors of tenants are kept. */
export const MAX_TENANTS: number = 1_000
/** How long the application may take to answer, in milliseconds. */
const ANSWER_MS = 5_000

/**
 * Prepares the keeping of tenants' doors.
 *
 * The application is asked at every use, once for all who ask at the same time; a door, with what its provider said of
 * itself, is kept while the options stay the same.
 *
 * @param answerMs How long the application may take to answer, in milliseconds.
 */
export function createTenants<Door>(
  tenant: FindTenant,
  build: (name: string, options: ProviderOptions) => Door,
  answerMs: number = ANSWER_MS,
): Tenants<Door> {
  const doors = new Map<string, Kept<Door>>()
  const asked = new Map<string, Promise<Door | undefined>>()

  const look = async (name: string): Promise<Door | undefined> => {
    const options = await ask(tenant, name, answerMs)
    const known = doors.get(name)
    doors.delete(name)
    if (options === undefined) return undefined
    // By value, keys included: an application that reads its tenants from a database makes new objects each time.
    const same = known !== undefined && isDeepStrictEqual(known.options, options)
    const door = same ? known.door : make(name, options)
    doors.set(name, { options, door })
    const [oldest] = doors.keys()
    if (doors.size > MAX_TENANTS && oldest !== undefined) doors.delete(oldest)
    return door
  }
  const make = (name: string, options: ProviderOptions): Door => {
    checkProviderOptions(name, options)
    return build(name, options)
  }
  return {
    find(name) {
      const pending = asked.get(name) ?? look(name).finally(() => asked.delete(name))
      asked.set(name, pending)
      return pending
    },
    known: (name) => doors.get(name)?.door,
  }
}

async function ask(tenant: FindTenant, name: string, answerMs: number): Promise<ProviderOptions | undefined> {
  const stop = new AbortController()
  try {
    // An answer that comes later is nobody's any more: it cannot take the place of a newer one.
    const options = await Promise.race([tenant(name), refusedAfter(answerMs, stop.signal)])
    return options ? copyOf(options) : undefined
  } catch (cause) {
    throw new OidcError('ERR_OIDC_TENANT_UNAVAILABLE', { cause })
  } finally {
    stop.abort()
  }
}

async function refusedAfter(answerMs: number, signal: AbortSignal): Promise<never> {
  await setTimeout(answerMs, undefined, { signal })
  throw new Error(`The option tenant gave no answer within ${answerMs} ms`)
}

/** A copy down to the keys: what the application does to its own objects later is a change all the same. */
function copyOf<T>(value: T): T
function copyOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((one: unknown) => copyOf(one))
  if (typeof value !== 'object' || value === null || !isPlain(value)) return value
  const copy: Record<PropertyKey, unknown> = {}
  for (const name of Reflect.ownKeys(value)) copy[name] = copyOf(Reflect.get(value, name))
  return copy
}

/** A key object is none: it cannot be changed, and is compared by what it is. */
function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}
