import { answerTrouble, ownFormsOnly } from '@sallyport-examples/shared'
import type { IdentityProviderOptions } from '@sallyport-examples/shared/identity-provider'
import { createOidcProviders, dangerouslyAllowInsecureIssuer, type ProviderOptions } from '@sallyport/oidc'
import { requestContext } from '@sallyport/request-context'
import { createStepUp, type CreateStepUpOptions, type StepUp } from '@sallyport/step-up'
import { totp } from '@sallyport/totp'
import express, { type Express } from 'express'
import session, { type Store as SessionStore } from 'express-session'
import { Passport } from 'passport'

import { BRAND, createBoard } from './board.ts'
import { memberName } from './members.ts'
import { LEVEL, type ExampleProviders } from './providers.ts'

/** What the application stands on. */
export interface Floor extends Pick<CreateStepUpOptions, 'store' | 'audit' | 'keyring' | 'origin'> {
  readonly sessions: { readonly store: SessionStore; readonly secret: string }
}

/** The walk of a request: who is asking, who they are by which provider, and then the doors in front of what they want. */
export function createApp({ store, audit, keyring, origin, sessions }: Floor, providers: ExampleProviders): Express {
  const passport = new Passport()
  passport.serializeUser((user, done) => done(null, user))
  passport.deserializeUser((user: Express.User, done) => done(null, user))

  // Each door needs the other: the first is told later, when somebody comes, who the second is.
  const oidc = createOidcProviders({
    baseUrl: `${origin}/auth`,
    providers: {
      // Of Work, a step-up asks for the level at which it has seen a second factor; Home knows no levels.
      work: { label: 'Work', ...speakTo(providers.work), factor: { acrValues: [LEVEL] } },
      home: { label: 'Home', ...speakTo(providers.home) },
    },
    // Who they are here is the id alone: the same by either provider, once they are linked.
    verify: ({ id, provider, profile }) => ({ id, name: memberName(id, profile.displayName), provider }),
    linking: true,
    stepUp: () => stepUp,
    passport,
    store,
    audit,
    keyring,
  })
  const stepUp: StepUp = createStepUp({
    // A sign-in of a moment ago at one's own provider, with a second factor; or an authenticator app of the board's own.
    factors: [oidc.factor(), totp()],
    store,
    audit,
    keyring,
    origin,
    appName: BRAND,
  })

  const app = express()
  app.disable('x-powered-by')
  app.use(ownFormsOnly(origin))
  app.use(requestContext({ keyring, app: 'board', deviceCookie: { secure: false } })) // leave deviceCookie out behind https
  app.use(
    session({
      name: 'board.session',
      ...sessions,
      cookie: { httpOnly: true, sameSite: 'lax', secure: 'auto' },
      resave: false,
      saveUninitialized: false,
    }),
  )
  app.use(passport.session())
  app.use(stepUp.session)
  app.use('/auth', oidc.routes)
  app.use('/step-up', stepUp.routes)
  const { requireStepUp } = stepUp
  const issuers = [providers.work.issuer, providers.home.issuer]
  app.use(createBoard({ audit, requireStepUp, requireLogin: () => oidc.requireLogin(), issuers }))
  app.use(answerTrouble(BRAND))
  return app
}

function speakTo({ issuer, client }: IdentityProviderOptions): ProviderOptions {
  return {
    issuer,
    clientId: client.id,
    clientSecret: client.secret,
    scope: ['profile'],
    [dangerouslyAllowInsecureIssuer]: true, // the example's providers speak plain http on this machine
  }
}
