import { createHash, timingSafeEqual } from 'node:crypto'
import { formatCookie, readCookies } from './cookies.ts'
import { OidcError } from './errors.ts'
import { formatTransaction, parseTransaction } from './transaction.ts'
import type { Keyring } from '@sallyport/keyring'
import type { Clock } from './system.ts'
import type { Transaction } from './transaction.ts'

/** How long a sign-in may take, in milliseconds. */
export const TRANSACTION_MS: number = 600_000
/** How many sign-ins of one browser may be open; a further one drops the oldest. */
export const MAX_TRANSACTIONS: number = 5

const CONTEXT = 'oidc.transaction'
const MAX_LOOKED_AT = 20

/** Where the cookies of a request come from and go to. */
export interface CookieExchange {
  /** The request's `Cookie` header; controlled by the client. */
  readonly header: string | undefined
  /** Adds a `Set-Cookie` header to the answer. */
  set(cookie: string): void
}

/** The open sign-ins of browsers, each in a sealed cookie of its own: tabs do not disturb each other. */
export interface Transactions {
  /** Gives the browser a transaction's cookie, and drops those that are over or too many. */
  put(cookies: CookieExchange, transaction: Transaction): Promise<void>
  /** Looks at the transaction with this `state`, or gives `undefined`; nothing is taken, and nothing is promised. */
  peek(header: string | undefined, state: string): Promise<Transaction | undefined>
  /**
   * Takes the transaction with this `state` out of the browser. Rejects with `ERR_OIDC_TRANSACTION_UNKNOWN` or
   * `ERR_OIDC_TRANSACTION_EXPIRED`; the cookie is gone either way.
   */
  take(cookies: CookieExchange, state: string): Promise<Transaction>
}

/** What transactions are made from. `secure` is for https: names then begin with `__Host-`. */
export interface TransactionParts {
  readonly keyring: Keyring
  readonly clock: Clock
  readonly secure: boolean
}

/** Prepares the keeping of transactions; it writes nothing but cookies. */
export function createTransactions({ keyring, clock, secure }: TransactionParts): Transactions {
  const prefix = `${secure ? '__Host-' : ''}sallyport-tx-`
  const nameOf = (state: string): string => prefix + digest(state).toString('base64url').slice(0, 8)
  const remove = (name: string): string => formatCookie(name, '', { secure, maxAgeSeconds: 0 })
  const open = async (sealed: string): Promise<Transaction | undefined> => {
    try {
      return parseTransaction(await keyring.unseal(CONTEXT, sealed))
    } catch {
      return undefined
    }
  }
  const find = (header: string | undefined, state: string): string | undefined => {
    const name = nameOf(state)
    return readCookies(header, prefix).find(([one]) => one === name)?.[1]
  }
  return {
    async put(cookies, transaction) {
      const present = readCookies(cookies.header, prefix)
      const read = await Promise.all(
        present
          .slice(0, MAX_LOOKED_AT)
          .map(async ([name, sealed]) => ({ name, startedAt: (await open(sealed))?.startedAt })),
      )
      const oldest = clock.now() - TRANSACTION_MS
      const kept = read
        .toSorted((a, b) => (b.startedAt ?? 0) - (a.startedAt ?? 0))
        .slice(0, MAX_TRANSACTIONS - 1)
        .filter((one) => (one.startedAt ?? 0) > oldest)
      for (const [name] of present) if (!kept.some((one) => one.name === name)) cookies.set(remove(name))
      const sealed = await keyring.seal(CONTEXT, formatTransaction(transaction))
      cookies.set(formatCookie(nameOf(transaction.state), sealed, { secure, maxAgeSeconds: TRANSACTION_MS / 1000 }))
    },
    async peek(header, state) {
      const sealed = find(header, state)
      const transaction = sealed === undefined ? undefined : await open(sealed)
      return transaction && isSame(transaction.state, state) ? transaction : undefined
    },
    async take(cookies, state) {
      const sealed = find(cookies.header, state)
      if (sealed === undefined) throw new OidcError('ERR_OIDC_TRANSACTION_UNKNOWN')
      cookies.set(remove(nameOf(state)))
      const transaction = await open(sealed)
      if (!transaction || !isSame(transaction.state, state)) throw new OidcError('ERR_OIDC_TRANSACTION_UNKNOWN')
      if (clock.now() - transaction.startedAt >= TRANSACTION_MS) throw new OidcError('ERR_OIDC_TRANSACTION_EXPIRED')
      return transaction
    },
  }
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

function isSame(a: string, b: string): boolean {
  return timingSafeEqual(digest(a), digest(b))
}
