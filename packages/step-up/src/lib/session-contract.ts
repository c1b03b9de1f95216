import type { PendingEvent } from '@sallyport/audit'
import type { Write } from '@sallyport/store'
import type { Request, RequestHandler, Response } from 'express'

import type { SessionSummary } from './administration-contract.ts'
import type { SessionEnd } from './records.ts'
import type { Evidence } from './types.ts'

/** What the `session` middleware found: who holds this request's session, or why nobody does. */
export type CurrentSession =
  | { readonly state: 'anonymous' }
  | {
      readonly state: 'live'
      readonly handle: string
      /** The user's id, from issuer and subject. */
      readonly user: string
      /** How the person recognises the account; for pages only. */
      readonly account: string
      readonly lineage: string
      readonly evidence: readonly Evidence[]
    }
  | { readonly state: 'ended'; readonly because: SessionEnd }

/** A proved login, as the first door reports it. */
export interface Login {
  /** 1 to 128 printable ASCII characters, stable and never reassigned. */
  readonly user: string
  /** Shown on pages; at most 128 characters. */
  readonly account: string
  /** Sealed once, in `session.started`: at most 16 values of at most 256 characters. */
  readonly identity: Readonly<Record<string, string>>
  /** What the login proved; none for a login by the application's own means, such as a password. */
  readonly evidence?: Evidence | undefined
  /** RFC 8176 values of a login without evidence, such as `['pwd']`: for the ledger. */
  readonly amr?: readonly string[] | undefined
  /** Begun with the login's transaction, so that the whole story has one lineage. */
  readonly lineage: string
  readonly flow: string
}

/** One sign-in in its user's own list. */
export interface OwnSession extends SessionSummary {
  /** Whether it is the one that asks. */
  readonly current: boolean
}

/** The authority over who is logged in: records in the store, of which the express-session blob carries only the handle. */
export interface Sessions {
  /** Resolves the session of each request; goes after express-session and `passport.session()`. Never refuses. */
  readonly middleware: RequestHandler
  /** What the middleware found. Throws `ERR_STEP_UP_NO_RESOLVER` when it has not run. */
  current(req: Request): CurrentSession
  /**
   * Reads the session of a request again, for a change that is to happen only while it lives: a session that ends, goes on
   * under another id or gets another epoch before that change is committed makes `writes` conflict. From now on `current`
   * gives what was read. Rejects with `ERR_STEP_UP_UNAVAILABLE` (503) when it cannot be read.
   *
   * @returns The session, and the checks to be committed with the change; `undefined` when no session lives any more.
   */
  hold(req: Request): Promise<
    | {
        readonly current: Extract<CurrentSession, { readonly state: 'live' }>
        readonly writes: readonly Write[]
      }
    | undefined
  >
  /**
   * Begins a session: one commit of its record, `writes`, `session.started` and `extra` events; then a new express-session id
   * whose blob keeps only the allow-listed keys, and `logIn`, which gets the request with its fresh session.
   * A session that the browser already had is ended in the same commit. Rejects with `ERR_ACCOUNT_LOCKED` (403) for a
   * locked user, and with the trouble of express-session or `logIn`: the session that was begun by then has ended.
   */
  start(
    req: Request,
    login: Login,
    options: {
      readonly extra: readonly PendingEvent[]
      /** Records that are to be written in the same commit. */
      readonly writes?: readonly Write[] | undefined
      logIn(): Promise<void>
    },
  ): Promise<void>
  /** Ends the session of a request, with its events, and empties the express-session but for the pointer to its end. */
  end(req: Request, because: 'logout', extra: readonly PendingEvent[]): Promise<void>
  /**
   * Drops what was proved since the login: the session goes on under a new id without it, and routes ask again. Resolves to
   * whether there was a live session.
   */
  dropElevation(req: Request): Promise<boolean>
  /**
   * Lists where the user of a request's live session is signed in, this session first, then the newest; at most 100. Empty
   * when there is no live session.
   */
  list(req: Request): Promise<readonly OwnSession[]>
  /**
   * Ends another sign-in of the same user, from its next request on, on every instance, with `session.revoked`. Needs a live
   * session and nothing more: taking trust away is never harder than giving it.
   *
   * @param lineage From `list`; may come from the client, and means nothing outside of the user's own sessions.
   * @returns Whether there was such a one; the session that asks ends by `end` and not by this.
   */
  endOne(req: Request, lineage: string): Promise<boolean>
  /** Ends all other sign-ins of the same user; resolves to how many there were. */
  endOthers(req: Request): Promise<number>
  /** Answers a request that has no live session: to the login page, one reload, or a 401 problem, as the client can use it. */
  refuse(req: Request, res: Response): void
}
