import type { Place } from '@sallyport/audit/context'
import type { Keyring } from '@sallyport/keyring'
import { demand, isText, refuseUnknown } from './judge-options.ts'
import { reportAsWarning } from './misuse.ts'
import type { Misuse } from './misuse.ts'
import { systemClock, systemRandomBytes } from './system.ts'
import type { Clock, RandomBytes } from './system.ts'

/** What `requestContext` needs and how it behaves. */
export interface RequestContextOptions {
  /** Makes the pseudonym of the device cookie; required. */
  readonly keyring: Pick<Keyring, 'pseudonym'>
  /** The application's name in events: 1 to 64 characters; left out unless set. */
  readonly app?: string | undefined
  /** The cookie that recognises a browser. */
  readonly deviceCookie?:
    | {
        /** Its name without any prefix: `sallyport-device` unless set. */
        readonly name?: string | undefined
        /**
         * Whether the origin is https: true unless set, and then the cookie is `Secure` and its name starts with
         * `__Host-`. False only for http on loopback, since browsers would not keep it there.
         */
        readonly secure?: boolean | undefined
      }
    | undefined
  /**
   * A header whose value becomes the request's id when it has 8 to 64 characters of A–Z, a–z, 0–9, `_`, `-`. Only for
   * a header that your own proxy always overwrites: otherwise a client chooses the id. None unless set.
   */
  readonly trustedRequestIdHeader?: string | undefined
  /**
   * Says where an address is: `placeOf` of `openPlaces`, or a function of your own, which answers at once. Countries that are
   * no two letters of ISO 3166-1 and networks that are no number are dropped; when it throws, the place is unknown. None
   * unless set.
   */
  readonly place?: ((ip: string) => Place | undefined) | undefined
  /**
   * Whether answers ask browsers for the true version of their system, by `Accept-CH`, which tells Windows 11 from 10: false
   * unless set. What browsers send without being asked is read anyway.
   */
  readonly askPlatformVersion?: boolean | undefined
  /** Told once of each deployment mistake found in passing: a process warning with the code unless set. */
  readonly onMisuse?: ((problem: Misuse) => void) | undefined
  /** The time: the system's unless set. */
  readonly clock?: Clock | undefined
  /** The randomness of ids and cookies: the system's unless set. */
  readonly randomBytes?: RandomBytes | undefined
}

/** The options with every default filled in. */
export interface ResolvedOptions {
  readonly keyring: Pick<Keyring, 'pseudonym'>
  readonly app: string | undefined
  readonly cookie: { readonly name: string; readonly secure: boolean }
  readonly requestIdHeader: string | undefined
  readonly place: ((ip: string) => Place | undefined) | undefined
  readonly askPlatformVersion: boolean
  readonly onMisuse: (problem: Misuse) => void
  readonly clock: Clock
  readonly randomBytes: RandomBytes
}

const KEYS = [
  'keyring',
  'app',
  'deviceCookie',
  'trustedRequestIdHeader',
  'place',
  'askPlatformVersion',
  'onMisuse',
  'clock',
  'randomBytes',
]

// A token of RFC 9110 §5.6.2: what header and cookie names are made of.
const TOKEN = /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}$/

/**
 * Judges the options and fills in what was left out.
 *
 * @param options What the application configured.
 * @returns Every option with its value.
 * @throws RequestContextError `ERR_REQUEST_CONTEXT_OPTIONS`
 */
export function resolveOptions(options: RequestContextOptions): ResolvedOptions {
  refuseUnknown('requestContext', options, KEYS)
  const {
    keyring,
    app,
    trustedRequestIdHeader,
    place,
    askPlatformVersion = false,
    onMisuse = reportAsWarning,
  } = options
  const { clock = systemClock, randomBytes = systemRandomBytes } = options
  demand(
    typeof keyring?.pseudonym === 'function',
    'requestContext needs a keyring: pass the one that openKeyring gave.',
  )
  demand(
    place === undefined || typeof place === 'function',
    'The option place of requestContext is a function: pass placeOf of what openPlaces gave.',
  )
  demand(typeof askPlatformVersion === 'boolean', 'The option askPlatformVersion of requestContext is true or false.')
  demand(app === undefined || isText(app), 'The option app of requestContext has 1 to 64 characters.')
  demand(
    trustedRequestIdHeader === undefined || isToken(trustedRequestIdHeader),
    'The option trustedRequestIdHeader of requestContext is the name of a header.',
  )
  demand(typeof onMisuse === 'function', 'The option onMisuse of requestContext is a function.')
  demand(typeof clock.now === 'function', 'The option clock of requestContext has a function now.')
  demand(typeof randomBytes === 'function', 'The option randomBytes of requestContext is a function.')
  const requestIdHeader = trustedRequestIdHeader?.toLowerCase()
  const cookie = resolveCookie(options)
  return { keyring, app, cookie, requestIdHeader, place, askPlatformVersion, onMisuse, clock, randomBytes }
}

function resolveCookie({ deviceCookie = {} }: RequestContextOptions): { name: string; secure: boolean } {
  refuseUnknown('deviceCookie', deviceCookie, ['name', 'secure'])
  const { name = 'sallyport-device', secure = true } = deviceCookie
  demand(
    isToken(name) && !/^__(host|secure)-/i.test(name),
    'The option deviceCookie.name is a cookie name without the prefix __Host- or __Secure-, which is added for https.',
  )
  demand(typeof secure === 'boolean', 'The option deviceCookie.secure is true or false.')
  return { name: secure ? `__Host-${name}` : name, secure }
}

function isToken(value: unknown): boolean {
  return typeof value === 'string' && TOKEN.test(value)
}
