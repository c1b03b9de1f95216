import { formatCookie, readCookie } from './cookies.ts'
import type { Keyring } from '@sallyport/keyring'
import type { CookieExchange } from './transactions.ts'

/** What is remembered of a login for the logout at the provider. */
export interface LogoutHint {
  /** Of the session that it belongs to. */
  readonly lineage: string
  readonly issuer: string
  /** The provider's name, where there are several. */
  readonly provider?: string | undefined
  /** Left out when it is too long for a cookie. */
  readonly idToken?: string | undefined
}

/** The hints of browsers, each sealed in a cookie that comes with the logout and with nothing else. */
export interface LogoutHints {
  /** Leaves a hint in the browser. Never rejects: without one the provider asks the person. */
  keep(cookies: CookieExchange, hint: LogoutHint): Promise<void>
  /** Takes the hint of this session out of the browser; `undefined` when there is none of this very session. */
  take(cookies: CookieExchange, lineage: string): Promise<LogoutHint | undefined>
}

/** What hints are made from. */
export interface LogoutHintParts {
  readonly keyring: Keyring
  /** For https: the name then begins with `__Secure-`. */
  readonly secure: boolean
  /** The path of the logout route. */
  readonly path: string
}

const CONTEXT = 'oidc.logout-hint'
/** With its name and attributes it stays below what browsers take, 4,096. */
const MAX_SEALED = 3_500

/**
 * Prepares the keeping of ID tokens for `id_token_hint` in the browser that they were issued to: the server keeps none.
 *
 * @see OpenID Connect RP-Initiated Logout 1.0 §2
 */
export function createLogoutHints({ keyring, secure, path }: LogoutHintParts): LogoutHints {
  const name = `${secure ? '__Secure-' : ''}sallyport-hint`
  const keeping = { secure, path, sameSite: 'Strict' } as const
  const seal = (hint: LogoutHint): Promise<string> =>
    keyring.seal(CONTEXT, new TextEncoder().encode(JSON.stringify(hint)))
  return {
    async keep(cookies, hint) {
      try {
        const whole = await seal(hint)
        const sealed = whole.length > MAX_SEALED ? await seal({ ...hint, idToken: undefined }) : whole
        cookies.set(formatCookie(name, sealed, keeping))
      } catch {
        // A key service that is down signs nobody out, and keeps nobody from signing in.
      }
    },
    async take(cookies, lineage) {
      const sealed = readCookie(cookies.header, name)
      if (sealed === undefined) return undefined
      cookies.set(formatCookie(name, '', { ...keeping, maxAgeSeconds: 0 }))
      const hint = await open(keyring, sealed)
      return hint?.lineage === lineage ? hint : undefined
    },
  }
}

async function open(keyring: Keyring, sealed: string): Promise<LogoutHint | undefined> {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(await keyring.unseal(CONTEXT, sealed)))
    return isHint(value) ? value : undefined
  } catch {
    return undefined
  }
}

function isHint(value: unknown): value is LogoutHint {
  if (typeof value !== 'object' || value === null) return false
  const { lineage, issuer, provider, idToken }: Readonly<Record<string, unknown>> = { ...value }
  return (
    typeof lineage === 'string' &&
    typeof issuer === 'string' &&
    (provider === undefined || typeof provider === 'string') &&
    (idToken === undefined || typeof idToken === 'string')
  )
}
