import { timingSafeEqual } from 'node:crypto'
import { sha256 } from './base64url.ts'
import { formatCookie, readCookies } from './cookies.ts'
import { OidcError } from './errors.ts'
import { refuseOption } from './option-names.ts'
import { openSealed } from './sealed.ts'
import { formatTransaction, parseTransaction } from './transaction.ts'
import type { Keyring } from '@sallyport/keyring'
import type { Clock } from './system.ts'
import type { Transaction } from './transaction.ts'

/** How long a sign-in may take, in milliseconds. */
export const TRANSACTION_MS: number = 600_000
/** How many sign-ins of one browser may be open; a further one drops the oldest. */
export const MAX_TRANSACTIONS: number = 5
/** How many characters the cookies of all open sign-ins have together; a further one drops the oldest until it fits. */
export const MAX_HEADER: number = 6_000

const CONTEXT = 'oidc.transaction'
const MAX_LOOKED_AT = 20
/** What browsers take, name and attributes included. */
const MAX_COOKIE = 4_096

/** Where the cookies of a request come from and go to. */
export interface CookieExchange {
  /** The request's `Cookie` header; controlled by the client. */
  readonly header: string | undefined
  /** Adds a `Set-Cookie` header to the answer. */
  set(cookie: string): void
}

/** The open sign-ins of browsers, each in a sealed cookie of its own: tabs do not disturb each other. */
export interface Transactions {
  /**
   * Gives the browser a transaction's cookie, and drops those that are over or too many. One that cannot be opened may be
   * another application's: it is the first to go when there is no room, and stays when there is.
   */
  put(cookies: CookieExchange, transaction: Transaction): Promise<void>
  /**
   * Looks at the transaction with this `state`, or gives `undefined`; nothing is taken, and nothing is promised. Rejects with
   * `ERR_OIDC_STORE_UNAVAILABLE` when the key ring cannot be asked.
   */
  peek(header: string | undefined, state: string): Promise<Transaction | undefined>
  /**
   * Takes the transaction with this `state` out of the browser. Rejects with `ERR_OIDC_TRANSACTION_UNKNOWN`,
   * `ERR_OIDC_TRANSACTION_EXPIRED`, or `ERR_OIDC_STORE_UNAVAILABLE`. Only a cookie that can be opened is removed.
   */
  take(cookies: CookieExchange, state: string): Promise<Transaction>
}

/** What transactions are made from. */
interface TransactionParts {
  readonly keyring: Keyring
  readonly clock: Clock
  /** For https: names then begin with `__Host-`. */
  readonly secure: boolean
  /** Its origin is in the names: cookies know hosts but no ports, and another application may be beside this one. */
  readonly callbackUrl: string
}

/** Prepares the keeping of transactions; it writes nothing but cookies. */
export function createTransactions({ keyring, clock, secure, callbackUrl }: TransactionParts): Transactions {
  const place = sha256(new URL(callbackUrl).origin).slice(0, 6)
  const prefix = `${secure ? '__Host-' : ''}sallyport-tx-${place}-`
  const nameOf = (state: string): string => prefix + sha256(state).slice(0, 8)
  const remove = (name: string): string => formatCookie(name, '', { secure, maxAgeSeconds: 0 })
  const open = async (sealed: string): Promise<Transaction | undefined> => {
    const bytes = await openSealed(keyring, CONTEXT, sealed)
    return bytes && parseTransaction(bytes)
  }
  const find = (header: string | undefined, state: string): string | undefined => {
    const name = nameOf(state)
    return readCookies(header, prefix).find(([one]) => one === name)?.[1]
  }
  const peek = async (header: string | undefined, state: string): Promise<Transaction | undefined> => {
    const sealed = find(header, state)
    const transaction = sealed === undefined ? undefined : await open(sealed)
    return transaction && isSame(transaction.state, state) ? transaction : undefined
  }
  return {
    async put(cookies, transaction) {
      const sealed = await keyring.seal(CONTEXT, formatTransaction(transaction))
      const name = nameOf(transaction.state)
      const cookie = formatCookie(name, sealed, { secure, maxAgeSeconds: TRANSACTION_MS / 1000 })
      if (cookie.length > MAX_COOKIE) {
        refuseOption('A sign-in as this key ring seals it does not fit into a cookie of 4,096 characters.')
      }
      const present = readCookies(cookies.header, prefix)
      const others = await Promise.all(
        present.map(async ([other, text], index) => {
          const known = index < MAX_LOOKED_AT ? await open(text).catch(() => undefined) : undefined
          return { name: other, size: sizeOf(other, text), startedAt: known?.startedAt }
        }),
      )
      const kept = choose(others, { room: MAX_HEADER - sizeOf(name, sealed), oldest: clock.now() - TRANSACTION_MS })
      for (const [other] of present) if (!kept.has(other)) cookies.set(remove(other))
      cookies.set(cookie)
    },
    peek,
    async take(cookies, state) {
      const transaction = await peek(cookies.header, state)
      if (transaction === undefined) throw new OidcError('ERR_OIDC_TRANSACTION_UNKNOWN')
      cookies.set(remove(nameOf(state)))
      if (clock.now() - transaction.startedAt >= TRANSACTION_MS) throw new OidcError('ERR_OIDC_TRANSACTION_EXPIRED')
      return transaction
    },
  }
}

interface Present {
  readonly name: string
  readonly size: number
  /** `undefined` for one that could not be opened. */
  readonly startedAt: number | undefined
}

/** The newest that there is room for beside one more; what is over has none. */
function choose(
  present: readonly Present[],
  { room, oldest }: { readonly room: number; readonly oldest: number },
): ReadonlySet<string> {
  const open = present.filter(({ startedAt }) => startedAt === undefined || startedAt > oldest)
  const kept = new Set<string>()
  let left = room
  for (const { name, size } of open.toSorted((a, b) => (b.startedAt ?? 0) - (a.startedAt ?? 0))) {
    left -= size
    if (left < 0 || kept.size === MAX_TRANSACTIONS - 1) break
    kept.add(name)
  }
  return kept
}

/** What a cookie adds to the header of each request. */
function sizeOf(name: string, value: string): number {
  return name.length + value.length + '=; '.length
}

function isSame(a: string, b: string): boolean {
  return timingSafeEqual(Buffer.from(sha256(a)), Buffer.from(sha256(b)))
}
