import { formatCookie, readCookie } from './cookies.ts'
import { member } from './member.ts'
import { openSealed } from './sealed.ts'
import type { Keyring } from '@sallyport/keyring'
import type { CookieExchange } from './transactions.ts'

/** What is remembered of a login for the logout at the provider. */
export interface LogoutHint {
  /** Of the session that it belongs to. */
  readonly lineage: string
  readonly issuer: string
  readonly idToken: string
}

/** The hints of browsers, each sealed in a cookie that comes with the logout and with nothing else. */
export interface LogoutHints {
  /** Leaves a hint in the browser, if it is not too long for a cookie. Never rejects: without one the provider asks the person. */
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
  /** `false` keeps nothing, and gives nothing that was kept before. */
  readonly keeps?: boolean | undefined
}

const CONTEXT = 'oidc.logout-hint'
/** With its name and attributes it stays below what browsers take, 4,096. */
const MAX_SEALED = 3_500

/**
 * Prepares the keeping of ID tokens for `id_token_hint` in the browser that they were issued to: the server keeps none.
 *
 * @see OpenID Connect RP-Initiated Logout 1.0 §2
 */
export function createLogoutHints({ keyring, secure, path, keeps = true }: LogoutHintParts): LogoutHints {
  const name = `${secure ? '__Secure-' : ''}sallyport-hint`
  const keeping = { secure, path, sameSite: 'Strict' } as const
  const seal = (hint: LogoutHint): Promise<string> =>
    keyring.seal(CONTEXT, new TextEncoder().encode(JSON.stringify(hint)))
  return {
    async keep(cookies, hint) {
      if (!keeps) return
      try {
        const sealed = await seal(hint)
        if (sealed.length <= MAX_SEALED) cookies.set(formatCookie(name, sealed, keeping))
      } catch {
        // A key service that is down signs nobody out, and keeps nobody from signing in.
      }
    },
    async take(cookies, lineage) {
      const sealed = readCookie(cookies.header, name)
      if (sealed === undefined) return undefined
      cookies.set(formatCookie(name, '', { ...keeping, maxAgeSeconds: 0 }))
      const hint = keeps ? await open(keyring, sealed) : undefined
      return hint?.lineage === lineage ? hint : undefined
    },
  }
}

async function open(keyring: Keyring, sealed: string): Promise<LogoutHint | undefined> {
  // Without a key ring there is no hint, and people sign out all the same.
  const bytes = await openSealed(keyring, CONTEXT, sealed).catch(() => undefined)
  const value: unknown = bytes && JSON.parse(new TextDecoder().decode(bytes))
  return isHint(value) ? value : undefined
}

function isHint(value: unknown): value is LogoutHint {
  return ['lineage', 'issuer', 'idToken'].every((name) => typeof member(value, name) === 'string')
}
