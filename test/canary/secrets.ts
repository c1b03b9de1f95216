import { randomBytes } from 'node:crypto'

import type { Canaries } from './canaries.ts'

/** The secrets that are made for a world; those that the packages make are taken down while it runs. */
export interface Secrets {
  /** A person at the identity provider. */
  readonly member: { readonly sub: string; readonly password: string; readonly name: string; readonly email: string }
  /** A person with a password at the application. */
  readonly local: { readonly id: string; readonly name: string; readonly password: string }
  readonly clientSecret: string
  readonly sessionSecret: string
  readonly refreshToken: string
  readonly providerText: string
  /** In a form of the application: what it shows of it, and what it does not. */
  readonly recipient: string
  readonly memo: string
  readonly wrongPassword: string
  readonly passwordAsName: string
  readonly unknownEmail: string
  readonly path: string
  /** In the address of a page, where a router is mounted under it. */
  readonly pathEmail: string
  readonly query: string
  readonly bearer: string
  readonly malformedBody: string
  readonly connectionString: string
  readonly wrongCode: string
  readonly wrongRecoveryCode: string
  readonly state: string
  readonly authorizationCode: string
  readonly csrfToken: string
  /** Sent with every request. */
  readonly headers: Readonly<Record<string, string>>
}

const ADDRESS = '203.0.113.177'

/** Makes them. Names tell the kind; the kinds are those of the tables in `permitted.ts`. */
export function makeSecrets(canaries: Canaries): Secrets {
  const make = canaries.make.bind(canaries)
  const email = (kind: string, word: string): string => make(kind, word, (core) => `${core}@leak.example`)
  const quoted = (core: string): string => `${core} "quoted" <b>&'`
  return {
    member: {
      sub: make('user id', 'sub'),
      password: make('password', 'ProviderPassword'),
      name: make('name', 'Maria Kanarie '),
      email: email('e-mail', 'maria'),
    },
    local: {
      id: make('user id', 'user-'),
      name: make('name', 'carla'),
      password: make('password', 'RightPassword', quoted),
    },
    clientSecret: make('client secret', 'ClientSecret'),
    sessionSecret: make('session secret', 'SessionSecret'),
    refreshToken: make('refresh token', 'RefreshToken'),
    providerText: make('provider text', 'ProviderText', quoted),
    recipient: make('recipient', 'Recipient '),
    memo: make('body', 'Memo', quoted),
    wrongPassword: make('password', 'WrongPassword', quoted),
    passwordAsName: make('password', 'PasswordTypedAsName', (core) => `${core}=+/`),
    unknownEmail: email('e-mail', 'nobody'),
    path: make('path', 'PathSecret'),
    pathEmail: email('path', 'PathSecretMail'),
    query: make('query', 'QuerySecret', (core) => `${core}=&?`),
    bearer: make('bearer token', 'BearerToken'),
    malformedBody: make('malformed body', 'Malformed'),
    connectionString: make('connection string', 'ConnectionPassword', (core) => `postgres://bank:${core}@db.internal`),
    wrongCode: canaries.add('code', '31415926'),
    wrongRecoveryCode: canaries.add('recovery code', 'WR0N-GC0D-EWR0-NGC0-DEWR-0NGC'),
    state: make('state', 'forgedstate'),
    authorizationCode: make('authorization code', 'forgedcode'),
    csrfToken: make('csrf token', 'ApplicationCsrf'),
    headers: {
      'x-forwarded-for': canaries.add('address', ADDRESS),
      'user-agent': `Mozilla/5.0 (X11; Linux x86_64) Chrome/140.0.0.0 Safari/537.36 (${email('user agent', 'agent')})`,
      'sec-ch-ua': `"Chromium";v="140", "${email('client hints', 'hints')}";v="1"`,
      traceparent: `00-${randomBytes(16).toString('hex')}-b7ad6b7169203331-01`,
    },
  }
}
