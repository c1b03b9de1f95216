import { randomUUID } from 'node:crypto'

import type { StepUp } from '@sallyport/step-up'
import type { RequestHandler } from 'express'
import passport from 'passport'
import { Strategy as LocalStrategy } from 'passport-local'

import type { User, Users } from './users.ts'

/** What came of a sign-in. */
type Checked = { readonly user: User } | { readonly user: false; readonly problem: 'wrong' | 'too_many' }

/** Sets Passport up as an application with passwords has it. New is only that tries are limited, and that somebody hears of them. */
export function usePasswords({ attempts }: Pick<StepUp, 'attempts'>, users: Users): void {
  passport.serializeUser((user, done) => done(null, Reflect.get(user, 'id')))
  passport.deserializeUser((id: string, done) => done(null, users.byId(id) ?? false))
  passport.use(
    // Passport's own way to say it: a callback with the user, or with why there is none.
    // oxlint-disable-next-line max-params
    new LocalStrategy({ passReqToCallback: true }, (req, name, password, done) => {
      const check = async (): Promise<Checked> => {
        const user = users.byName(name)
        // Counted before the password is looked at, so that a thousand tries at once are no more than one after the other.
        const attempt = await attempts.take(req, { name, user: user?.id })
        if (attempt === undefined) return { user: false, problem: 'too_many' }

        const isRight = await users.hasPassword(user, password)
        await (isRight ? attempt.succeeded() : attempt.failed())
        return isRight && user !== undefined ? { user } : { user: false, problem: 'wrong' }
      }
      check().then(
        (checked) =>
          checked.user === false ? done(null, false, { message: checked.problem }) : done(null, checked.user),
        (error: unknown) => done(error),
      )
    }),
  )
}

/** Signs in, in a session of Sallyport's; `refuse` answers what did not hold. */
export function signIn(
  { sessions }: Pick<StepUp, 'sessions'>,
  refuse: (problem: string) => RequestHandler,
): RequestHandler {
  return (req, res, next) => {
    // passport-local takes a password from the address too, where logs would keep it.
    if (Object.keys(req.query).some((name) => name !== 'return_to')) {
      refuse('wrong')(req, res, next)
      return
    }
    const start = async (user: User): Promise<void> => {
      const { id, name } = user
      const login = {
        user: id,
        account: name,
        identity: { name },
        amr: ['pwd'],
        lineage: randomUUID(),
        flow: randomUUID(),
      }
      const logIn = (): Promise<void> =>
        new Promise((resolve, reject) => req.logIn(user, (error?: Error) => (error ? reject(error) : resolve())))
      await sessions.start(req, login, { extra: [], logIn })
      res.redirect(303, '/')
    }
    const authenticate: RequestHandler = passport.authenticate(
      'local',
      // oxlint-disable-next-line max-params
      (error: Error | null, user: User | false, info?: { readonly message?: string }) => {
        if (error !== null) next(error)
        else if (user === false) refuse(info?.message ?? 'wrong')(req, res, next)
        else start(user).catch(next)
      },
    )
    authenticate(req, res, next)
  }
}
