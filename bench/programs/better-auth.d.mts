import type { IncomingHttpHeaders } from 'node:http'

/** better-auth as the comparison uses it: its own tables on `node:sqlite`, e-mail and password, every default in place. */
export interface BetterAuth {
  /** Signs one user up and in; gives the cookies to set. */
  signUp(): Promise<string[]>
  /** Its session guard, `auth.api.getSession`. */
  hasSession(headers: IncomingHttpHeaders): Promise<boolean>
  close(): void
}

/** Opens it on a new database file. */
export function openBetterAuth(options: { readonly path: string; readonly secret: string }): Promise<BetterAuth>
