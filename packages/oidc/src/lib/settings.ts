import { checkCallbackUrl, checkIssuer } from './protocol/addresses.ts'
import { refuseOption } from './option-names.ts'
import { systemRandomBytes } from './system.ts'
import type { Audit } from '@sallyport/audit'
import type { Keyring } from '@sallyport/keyring'
import type { Store } from '@sallyport/store'
import type { Clock, RandomBytes } from './system.ts'

/** Named as a key of the options, with the value `true`, it allows an issuer over plain HTTP, on this machine only. */
export const dangerouslyAllowInsecureIssuer: unique symbol = Symbol('dangerouslyAllowInsecureIssuer')

/** The algorithms that an ID token may be signed with: asymmetric ones only. */
export const ALGORITHMS = ['ES256', 'PS256', 'EdDSA', 'RS256', 'Ed25519', 'ES384', 'ES512', 'PS384', 'PS512'] as const

/** One of `ALGORITHMS`. */
export type Algorithm = (typeof ALGORITHMS)[number]

/** What `createOidc` and `Strategy` share. */
export interface CommonOptions {
  readonly keyring: Keyring
  readonly store: Store
  readonly audit: Audit
  /** By default ES256, PS256, EdDSA (also as Ed25519) and RS256. Never `none`, never a secret-keyed one. */
  readonly algorithms?: readonly Algorithm[] | undefined
  /** How long one answer of the provider may take, in milliseconds, 100 to 60,000; by default 5,000. */
  readonly timeoutMs?: number | undefined
  /** By default the store's clock. */
  readonly clock?: Clock | undefined
  /** By default the system's generator. */
  readonly randomBytes?: RandomBytes | undefined
  readonly [dangerouslyAllowInsecureIssuer]?: true | undefined
}

/** The names of the options above. */
export const COMMON_NAMES: readonly string[] = [
  'keyring',
  'store',
  'audit',
  'algorithms',
  'timeoutMs',
  'clock',
  'randomBytes',
]

/** The part that the two entrances spell differently. */
export interface ClientSettings {
  readonly issuer: string
  readonly clientId: string
  readonly clientSecret: string
  readonly callbackUrl: string
  /** Where people go after login when they asked for nothing better; a path. */
  readonly afterLoginPath: string
}

/** Checked options with every default in place. */
export interface Settings extends ClientSettings {
  readonly keyring: Keyring
  readonly audit: Audit
  readonly algorithms: readonly string[]
  readonly timeoutMs: number
  readonly clock: Clock
  readonly randomBytes: RandomBytes
  readonly insecure: boolean
  /** The callback's path and its siblings, to which nobody is returned. */
  readonly ownPaths: readonly string[]
  /** Cookies are for https. */
  readonly secure: boolean
}

const DEFAULT_ALGORITHMS: readonly string[] = ['ES256', 'PS256', 'EdDSA', 'Ed25519', 'RS256']

/**
 * Judges the options and puts the defaults in place.
 *
 * @throws OidcError `ERR_OIDC_OPTION`, naming the fix.
 */
export function resolveSettings(client: ClientSettings, common: CommonOptions): Settings {
  const { keyring, store, audit, clock = store, randomBytes = systemRandomBytes, timeoutMs = 5_000 } = common
  const insecure = common[dangerouslyAllowInsecureIssuer] ?? false
  checkIssuer(client.issuer, insecure)
  checkCallbackUrl(client.callbackUrl)
  demandText('client id', client.clientId)
  demandText('client secret', client.clientSecret)
  demandMethod('keyring', keyring, 'seal')
  demandMethod('audit', audit, 'commit')
  demandMethod('clock', clock, 'now')
  if (typeof randomBytes !== 'function') refuseOption('The option randomBytes is a function.')
  if (!Number.isSafeInteger(timeoutMs) || timeoutMs < 100 || timeoutMs > 60_000) {
    refuseOption('The option timeoutMs is a whole number of milliseconds, 100 to 60,000.')
  }
  const algorithms = checkAlgorithms(common.algorithms ?? DEFAULT_ALGORITHMS)
  checkOwnPath('for after login', client.afterLoginPath)
  const { pathname, protocol } = new URL(client.callbackUrl)
  const mount = pathname.slice(0, pathname.lastIndexOf('/'))
  const ownPaths = [pathname, `${mount}/login`, `${mount}/logout`]
  const secure = protocol === 'https:'
  return { ...client, keyring, audit, algorithms, timeoutMs, clock, randomBytes, insecure, ownPaths, secure }
}

/** Refuses what is no path of the application itself. */
export function checkOwnPath(name: string, path: unknown): asserts path is string {
  if (typeof path !== 'string' || !path.startsWith('/') || path.startsWith('//') || path.includes('\\')) {
    refuseOption(`The option ${name} is a path of this application, such as "/".`)
  }
}

function checkAlgorithms(algorithms: readonly string[]): readonly string[] {
  const known: readonly string[] = ALGORITHMS
  if (!Array.isArray(algorithms) || algorithms.length === 0 || !algorithms.every((name) => known.includes(name))) {
    refuseOption(`The option algorithms lists some of ${ALGORITHMS.join(', ')}.`)
  }
  return [...algorithms]
}

function demandText(name: string, value: unknown): void {
  if (typeof value !== 'string' || value === '') refuseOption(`The ${name} is text and not empty.`)
}

function demandMethod(name: string, value: object | undefined, method: string): void {
  const found: unknown = typeof value === 'object' ? Reflect.get(value, method) : undefined
  if (typeof found !== 'function') refuseOption(`The option ${name} is missing or no ${name}.`)
}
