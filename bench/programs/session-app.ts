import { randomBytes } from 'node:crypto'

import { createSessionStore } from '@sallyport/session-store'
import type { Store } from '@sallyport/store'
import type { Request, RequestHandler } from 'express'
import session from 'express-session'
import passport from 'passport'

/** Sessions and who is signed in, as both sides of the comparison have them: the same store, the same options. */
export function signedInBySession(store: Store): readonly RequestHandler[] {
  passport.serializeUser((user, done) => done(null, user))
  passport.deserializeUser((user: Express.User, done) => done(null, user))
  return [
    session({
      secret: randomBytes(32).toString('base64url'),
      store: createSessionStore({ store }),
      cookie: { httpOnly: true, sameSite: 'lax' },
      resave: false,
      saveUninitialized: false,
    }),
    passport.session(),
  ]
}

/** Signs the benchmark's one user in. */
export function logIn(req: Request): Promise<void> {
  return new Promise((resolve, reject) => {
    req.logIn({ id: 'user-1' }, (error: unknown) => (error ? reject(toError(error)) : resolve()))
  })
}

/** What the guarded route answers, on every side. */
export const answerPrivate: RequestHandler = (_req, res) => void res.json({ secret: 'behind the door' })

function toError(error: unknown): Error {
  return error instanceof Error ? error : new Error('The login failed.', { cause: error })
}
