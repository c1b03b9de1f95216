import { randomBytes } from 'node:crypto'

import type { Client, IdentityProviderOptions } from '@sallyport-examples/shared/identity-provider'

/** The two identity providers, as they are started and as the board knows them. */
export interface ExampleProviders {
  /** Asks for a second factor when it is asked to. */
  readonly work: IdentityProviderOptions
  /** Knows passwords only, whatever it is asked for. */
  readonly home: IdentityProviderOptions
}

/** Where everything runs. */
export interface Addresses {
  /** The board's. */
  readonly origin: string
  readonly work: string
  readonly home: string
}

/** The level at which Work has seen a second factor; agreed with each provider that has levels. */
export const LEVEL = 'mfa'

/** Describes the example's providers. Yours exist already: you would have an issuer, a client id and a secret of each. */
export function describeProviders({ origin, work, home }: Addresses): ExampleProviders {
  const client = (name: string): Client => ({
    id: 'board',
    secret: randomBytes(32).toString('base64url'),
    origin,
    callback: `/auth/${name}/callback`,
  })
  return {
    work: {
      issuer: work,
      name: 'work',
      brand: 'Work',
      client: client('work'),
      accounts: { ada: 'Ada Lovelace', charles: 'Charles Babbage' },
      password: 'difference-engine',
      secondFactor: { acr: LEVEL, code: '181543' },
    },
    home: {
      issuer: home,
      name: 'home',
      brand: 'Home',
      client: client('home'),
      accounts: { augusta: 'Augusta King', mary: 'Mary Somerville' },
      password: 'open-sesame',
    },
  }
}
