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
  /** Those that were built and are kept, the last used last. */
  kept(): Iterable<Door>
}

interface Kept<Door> {
  readonly options: ProviderOptions
  readonly door: Door
}

/** How many doors of tenants are kept. */
export const MAX_TENANTS: number = 1_000

/**
 * Prepares the keeping of tenants' doors.
 *
 * The application is asked at every use, once for all who ask at the same time; a door, with what its provider said of
 * itself, is kept while the options stay the same.
 */
export function createTenants<Door>(
  tenant: FindTenant,
  build: (name: string, options: ProviderOptions) => Door,
): Tenants<Door> {
  const doors = new Map<string, Kept<Door>>()
  const asked = new Map<string, Promise<Door | undefined>>()

  const look = async (name: string): Promise<Door | undefined> => {
    const options = await ask(tenant, name)
    const known = doors.get(name)
    doors.delete(name)
    if (options === undefined) return undefined
    // By value: an application that reads its tenants from a database makes new objects each time.
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
    kept: () => [...doors.values()].map(({ door }) => door),
  }
}

async function ask(tenant: FindTenant, name: string): Promise<ProviderOptions | undefined> {
  try {
    const options = await tenant(name)
    // A copy: what the application does to its own object later is a change all the same.
    return options ? { ...options } : undefined
  } catch (cause) {
    throw new OidcError('ERR_OIDC_TENANT_UNAVAILABLE', { cause })
  }
}
