import { checkIssuer } from './protocol/addresses.ts'
import { readClientCertificate } from './protocol/client-certificate.ts'
import { readClientKey } from './protocol/client-key.ts'
import { ASSURANCE, checkAssurance } from './assurance.ts'
import { refuseOption } from './option-names.ts'
import { ownPathsOf } from './own-paths.ts'
import { systemRandomBytes } from './system.ts'
import { isText } from './text.ts'
import type { Audit } from '@sallyport/audit'
import type { Keyring } from '@sallyport/keyring'
import type { Store } from '@sallyport/store'
import type { AssuranceRule } from './assurance.ts'
import type { AuthorizationParams } from './authorization-params.ts'
import type { ClientCertificateOptions } from './protocol/client-certificate.ts'
import type { ClientKey, ClientKeyOptions } from './protocol/client-key.ts'
import type { ClientProof, LevelClaim, ProviderSettings, PushedRequests } from './protocol/provider-settings.ts'
import type { Clock, RandomBytes } from './system.ts'

/** Named as a key of the options, with the value `true`, it allows an issuer over plain HTTP, on this machine only. */
export const dangerouslyAllowInsecureIssuer: unique symbol = Symbol('dangerouslyAllowInsecureIssuer')

/** The algorithms that an ID token may be signed with: asymmetric ones only. */
const ALGORITHMS = ['ES256', 'PS256', 'EdDSA', 'RS256', 'Ed25519', 'ES384', 'ES512', 'PS384', 'PS512'] as const

/** One of `ALGORITHMS`. */
type Algorithm = (typeof ALGORITHMS)[number]

type RequestKeyOptions = Omit<ClientKeyOptions, 'audience'>

/** How one provider is spoken to, apart from who it is. */
export interface ProtocolOptions {
  /** The client's proof at the provider, exactly one of three: a secret, sent by HTTP Basic or in the form. */
  readonly clientSecret?: string | undefined
  /** Or a private key: `private_key_jwt`. It also signs requests where the provider takes that. */
  readonly clientKey?: ClientKeyOptions | undefined
  /** Or a certificate for mutual TLS. */
  readonly clientCertificate?: ClientCertificateOptions | undefined
  /**
   * Signs authorization requests (JAR, RFC 9101) where the provider takes or demands it; by default `clientKey`, and
   * `false` for no key.
   */
  readonly requestKey?: RequestKeyOptions | false | undefined
  /** Whether requests are pushed (PAR, RFC 9126): `when_offered`, which is the default, `required` or `never`. */
  readonly pushedRequests?: PushedRequests | undefined
  /** Binds access tokens to a key of this process (DPoP, RFC 9449); the provider then has to do it. */
  readonly dpop?: boolean | undefined
  /** The claim that carries the level: `acr`, which is the default, or Entra's `acrs`. */
  readonly levelClaim?: LevelClaim | undefined
  /**
   * Further parameters of every authorization request, by their names on the wire: what a provider has of its own, such as
   * `hd` or `kc_idp_hint`. At most 16, each with 1 to 512 characters; none that is sent or judged here. Wishes only: who may
   * sign in is said by claims, in `verify`.
   */
  readonly authorizationParams?: AuthorizationParams | undefined
  /** What the provider's `acr` and `amr` are worth here; by default `ASSURANCE`. */
  readonly assurance?: readonly AssuranceRule[] | undefined
  /** By default ES256, PS256, EdDSA (also as Ed25519) and RS256. Never `none`, never a secret-keyed one. */
  readonly algorithms?: readonly Algorithm[] | undefined
  /** How long one answer of the provider may take, in milliseconds, 100 to 60,000; by default 5,000. */
  readonly timeoutMs?: number | undefined
  readonly [dangerouslyAllowInsecureIssuer]?: true | undefined
}

/** The application's own parts. */
export interface HouseOptions {
  readonly keyring: Keyring
  readonly store: Store
  readonly audit: Audit
  /** By default the store's clock. */
  readonly clock?: Clock | undefined
  /** By default the system's generator. */
  readonly randomBytes?: RandomBytes | undefined
}

/** What `createOidc` and `Strategy` share. */
export interface CommonOptions extends ProtocolOptions, HouseOptions {}

/** The names of `ProtocolOptions`. */
export const PROTOCOL_NAMES: readonly string[] = [
  'clientSecret',
  'clientKey',
  'clientCertificate',
  'requestKey',
  'pushedRequests',
  'dpop',
  'levelClaim',
  'authorizationParams',
  'assurance',
  'algorithms',
  'timeoutMs',
]
/** The names of `HouseOptions`. */
export const HOUSE_NAMES: readonly string[] = ['keyring', 'store', 'audit', 'clock', 'randomBytes']
/** The names of `CommonOptions`. */
export const COMMON_NAMES: readonly string[] = [...PROTOCOL_NAMES, ...HOUSE_NAMES]

/** The part that the two entrances spell differently; each judges it under its own names, but for `issuer` and `provider`. */
interface ClientSettings {
  readonly issuer: string
  /** The name under which the application knows the provider. */
  readonly provider: string
  readonly clientId: string
  readonly callbackUrl: string
  /** Where people go after login when they asked for nothing better; a path. */
  readonly afterLoginPath: string
}

type SpokenSettings = Pick<ProviderSettings, 'dpop' | 'levelClaim' | 'proof' | 'pushedRequests' | 'requestKey'>

/** Checked options with every default in place. */
export interface Settings extends ClientSettings, SpokenSettings {
  readonly keyring: Keyring
  readonly store: Store
  readonly audit: Audit
  readonly assurance: readonly AssuranceRule[]
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

const MAX_NAME = 64
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
  if (!isText(client.provider, MAX_NAME)) refuseOption('The option name is text of 1 to 64 characters.')
  demandMethod('keyring', keyring, 'seal')
  demandMethod('audit', audit, 'commit')
  demandMethod('clock', clock, 'now')
  if (typeof randomBytes !== 'function') refuseOption('The option randomBytes is a function.')
  if (!Number.isSafeInteger(timeoutMs) || timeoutMs < 100 || timeoutMs > 60_000) {
    refuseOption('The option timeoutMs is a whole number of milliseconds, 100 to 60,000.')
  }
  const spoken = resolveSpoken(common)
  if (spoken.proof.by === 'certificate' && !client.issuer.startsWith('https:')) {
    refuseOption('The option clientCertificate is for an issuer over https: a certificate is shown by TLS.')
  }
  const assurance = checkAssurance(common.assurance ?? ASSURANCE)
  const algorithms = checkAlgorithms(common.algorithms ?? DEFAULT_ALGORITHMS)
  const { pathname, protocol } = new URL(client.callbackUrl)
  const ownPaths = [pathname, ...ownPathsOf(pathname.slice(0, pathname.lastIndexOf('/')))]
  const secure = protocol === 'https:'
  const house = { keyring, store, audit, clock, randomBytes }
  return { ...client, ...spoken, ...house, assurance, algorithms, timeoutMs, insecure, ownPaths, secure }
}

function resolveSpoken(common: ProtocolOptions): SpokenSettings {
  const { pushedRequests = 'when_offered', dpop = false, levelClaim = 'acr', requestKey } = common
  if (!['when_offered', 'required', 'never'].includes(pushedRequests)) {
    refuseOption('The option pushedRequests is "when_offered", "required" or "never".')
  }
  checkSwitch('dpop', dpop)
  if (levelClaim !== 'acr' && levelClaim !== 'acrs') refuseOption('The option levelClaim is "acr" or "acrs".')
  const proof = readProof(common)
  const signsWith = requestKey === false ? undefined : readRequestKey(requestKey, proof)
  return { proof, pushedRequests, dpop, levelClaim, ...(signsWith === undefined ? {} : { requestKey: signsWith }) }
}

function readRequestKey(requestKey: RequestKeyOptions | undefined, proof: ClientProof): ClientKey | undefined {
  if (requestKey !== undefined) {
    if (Reflect.get(Object(requestKey), 'audience') !== undefined) {
      refuseOption('The option requestKey takes no audience: signed requests are for the issuer.')
    }
    return readClientKey('requestKey', requestKey)
  }
  return proof.by === 'key' ? proof.key : undefined
}

function readProof({ clientSecret, clientKey, clientCertificate }: ProtocolOptions): ClientProof {
  const given = [clientSecret, clientKey, clientCertificate].filter((one) => one !== undefined)
  if (given.length !== 1) {
    refuseOption('The client proves itself by one of the options clientSecret, clientKey and clientCertificate.')
  }
  if (clientKey !== undefined) return { by: 'key', key: readClientKey('clientKey', clientKey) }
  if (clientCertificate !== undefined) return { by: 'certificate', ...readClientCertificate(clientCertificate) }
  demandText('clientSecret', clientSecret)
  return { by: 'secret', secret: String(clientSecret) }
}

/** Refuses what is no path of the application itself. */
export function checkOwnPath(name: string, path: unknown): asserts path is string {
  if (typeof path !== 'string' || !path.startsWith('/') || path.startsWith('//') || path.includes('\\')) {
    refuseOption(`The option ${name} is a path of this application, such as "/".`)
  }
}

/** Refuses what is neither on nor off. */
export function checkSwitch(name: string, value: unknown): asserts value is boolean {
  if (typeof value !== 'boolean') refuseOption(`The option ${name} is true or false.`)
}

function checkAlgorithms(algorithms: readonly string[]): readonly string[] {
  const known: readonly string[] = ALGORITHMS
  if (!Array.isArray(algorithms) || algorithms.length === 0 || !algorithms.every((name) => known.includes(name))) {
    refuseOption(`The option algorithms lists some of ${ALGORITHMS.join(', ')}.`)
  }
  return [...algorithms]
}

/** Refuses what is no text or an empty one. */
export function demandText(name: string, value: unknown): asserts value is string {
  if (typeof value !== 'string' || value === '') refuseOption(`The option ${name} is text and not empty.`)
}

function demandMethod(name: string, value: object | undefined, method: string): void {
  const found: unknown = typeof value === 'object' ? Reflect.get(value, method) : undefined
  if (typeof found !== 'function') refuseOption(`The option ${name} is missing or no ${name}.`)
}
