import type { PendingEvent } from '@sallyport/audit'
import type { Request, RequestHandler, Response } from 'express'
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
  | { readonly state: 'ended'; readonly because: 'rotated' | 'logout' | 'replaced' }

/** A proved login, as the first door reports it. */
export interface Login {
  /** 1 to 128 printable ASCII characters, stable and never reassigned. */
  readonly user: string
  /** Shown on pages; at most 128 characters. */
  readonly account: string
  /** Sealed once, in `session.started`: at most 16 values of at most 256 characters. */
  readonly identity: Readonly<Record<string, string>>
  readonly evidence: Evidence
  /** Begun with the login's transaction, so that the whole story has one lineage. */
  readonly lineage: string
  readonly flow: string
}

/** The authority over who is logged in: records in the store, of which the express-session blob carries only the handle. */
export interface Sessions {
  /** Resolves the session of each request; goes after express-session and `passport.session()`. Never refuses. */
  readonly middleware: RequestHandler
  /** What the middleware found. Throws `ERR_STEP_UP_NO_RESOLVER` when it has not run. */
  current(req: Request): CurrentSession
  /**
   * Begins a session: one commit of its record, `session.started` and `extra` events; then a new express-session id
   * whose blob keeps only the allow-listed keys, and `logIn`, which gets the request with its fresh session.
   * A session that the browser already had is ended in the same commit.
   */
  start(
    req: Request,
    login: Login,
    options: { readonly extra: readonly PendingEvent[]; logIn(): Promise<void> },
  ): Promise<void>
  /** Ends the session of a request, with its events, and empties the express-session but for the pointer to its end. */
  end(req: Request, because: 'logout', extra: readonly PendingEvent[]): Promise<void>
  /** Answers a request that has no live session: to the login page, one reload, or a 401 problem, as the client can use it. */
  refuse(req: Request, res: Response): void
}
