import { createServer } from 'node:http'
import { once } from 'node:events'

import { createStepUp, recoveryCodes, type Notice, type StepUp } from '@sallyport/step-up'
import { startFakeProvider, type FakeProvider } from '@sallyport/testing'
import { totp } from '@sallyport/totp'

import type { User, Users } from '../../examples/local-login/src/users.ts'
import { createOidc, dangerouslyAllowInsecureIssuer } from '../../packages/oidc/src/index.ts'
import { webauthn } from '../../packages/webauthn/src/index.ts'
import { createBank } from './bank.ts'
import { openFloor, type Floor } from './floor.ts'
import { tapProvider, type ProviderTap } from './provider-tap.ts'
import { Visitor } from './visitor.ts'

/** An application that runs, with real parts, in which every secret is a canary. */
export interface World extends Floor {
  readonly url: string
  readonly stepUp: StepUp
  readonly provider: FakeProvider
  readonly tap: ProviderTap
  /** A person with a browser of their own. */
  visitor(): Visitor
}

/** Opens the world; closing it takes down what is in its files then. */
export async function openWorld(): Promise<World> {
  const floor = await openFloor()
  const { secrets, canaries, places } = floor
  const server = createServer().listen(0, 'localhost')
  await once(server, 'listening')
  const address = server.address()
  const url = `http://localhost:${typeof address === 'object' ? address?.port : ''}`

  const client = { clientId: 'bank', clientSecret: secrets.clientSecret }
  const provider = await startFakeProvider({
    accounts: [secrets.member],
    clients: [{ ...client, redirectUris: [], postLogoutRedirectUris: [] }],
    clock: floor.clock,
  })
  provider.allowRedirects({ callback: `${url}/auth/callback`, afterLogout: `${url}/` })
  const tap = tapProvider(floor)

  const stepUp = createSecondDoor(floor, url)
  const oidc = createOidc({
    ...client,
    ...floorOf(floor),
    issuer: provider.issuer,
    callbackUrl: `${url}/auth/callback`,
    stepUp,
    scope: ['profile', 'email'],
    // What visitors carry to the provider is watched; of a pushed request they would carry a reference only.
    pushedRequests: 'never',
    [dangerouslyAllowInsecureIssuer]: true,
  })
  const users = createUsers(secrets.local)
  places.addAnswersOf(server)
  server.on('request', createBank({ ...floor, stepUp, oidc, users }))

  return {
    ...floor,
    url,
    stepUp,
    provider,
    tap,
    visitor: () => new Visitor(url, { headers: secrets.headers, canaries, places }),
    async close() {
      tap.remove()
      server.close().closeAllConnections()
      await provider.close()
      await floor.close()
    },
  }
}

/** A table with one user. How passwords are hashed is the application's business, and takes long where it is done well. */
function createUsers({ id, name, password }: Floor['secrets']['local']): Users {
  const user: User = { id, name, salt: Buffer.alloc(0), hash: Buffer.alloc(0) }
  return {
    byName: (given) => (given === name ? user : undefined),
    byId: (given) => (given === id ? user : undefined),
    hasPassword: async (found, given) => found === user && given === password,
  }
}

function floorOf({ store, audit, keyring }: Floor): Pick<Floor, 'store' | 'audit' | 'keyring'> {
  return { store, audit, keyring }
}

function createSecondDoor(floor: Floor, url: string): StepUp {
  const { secrets, log } = floor
  return createStepUp({
    ...floorOf(floor),
    factors: [webauthn({ rpId: 'localhost', origins: [url] }), totp({ digits: 8 }), recoveryCodes()],
    origin: url,
    appName: 'Bank',
    signIn: { load: async () => ({ account: secrets.member.email, identity: { email: secrets.member.email } }) },
    notify: async ({ about, factor }: Notice) => void log.info('notice', { about, factor }),
  })
}
