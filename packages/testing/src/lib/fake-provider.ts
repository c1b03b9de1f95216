import { createServer } from 'node:http'
import Provider from 'oidc-provider'
import { FAULT_TABLE } from './faults.ts'
import { createSigningKey } from './id-token.ts'
import { machineNow } from './machine-clock.ts'
import { providerConfiguration } from './provider-configuration.ts'
import { createStorage } from './provider-storage.ts'
import { serveSignIn } from './sign-in.ts'
import { spoilAnswer } from './spoil-answers.ts'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { FaultName } from './faults.ts'
import type { FakeAccount, FakeClient } from './provider-people.ts'

/** How to start the fake provider. */
export interface FakeProviderOptions {
  /** Who can sign in; by default `ada` and `ben`, both with the password `correct horse`. */
  readonly accounts?: readonly FakeAccount[] | undefined
  /** Milliseconds since the epoch; by default the machine's clock. */
  readonly clock?: { now(): number } | undefined
  /** The port on 127.0.0.1; by default any free one. */
  readonly port?: number | undefined
  /** Confidential clients; by default one, whose redirect URIs `allowRedirects` sets. */
  readonly clients?: readonly FakeClient[] | undefined
}

/** A running identity provider on loopback. */
export interface FakeProvider {
  readonly issuer: string
  /** The first client: what the application under test signs in with. */
  readonly client: { readonly clientId: string; readonly clientSecret: string }
  /** The path of every request so far, such as `/token`, the oldest first. */
  readonly requests: readonly string[]
  /** Replaces the redirect URIs of the first client. */
  allowRedirects(uris: { readonly callback: string; readonly afterLogout?: string | undefined }): void
  /** Replaces an account of the same `sub`, or adds it: an address changes, a name is reassigned. */
  setAccount(account: FakeAccount): void
  /** Switches a fault on until `clear`. Several may be on at once. */
  fault(name: FaultName): void
  /** Switches every fault off. */
  clear(): void
  close(): Promise<void>
}

const ACCOUNTS: readonly FakeAccount[] = [
  { sub: 'ada', password: 'correct horse', name: 'Ada Example', email: 'ada@example.test' },
  { sub: 'ben', password: 'correct horse', name: 'Ben Example', email: 'ben@example.test' },
]
const CLIENT: FakeClient = {
  clientId: 'sallyport-test',
  clientSecret: 'a secret that only tests know: 0123456789abcdef',
  redirectUris: [],
  postLogoutRedirectUris: [],
}

/**
 * Starts a real identity provider (node-oidc-provider) on loopback, for tests and examples.
 *
 * It speaks OpenID Connect over HTTP as any other does: authorization code with PKCE, ES256 keys made at start, `iss`
 * in the authorization response, UserInfo, `acr_values`, `max_age`, `prompt`, RP-initiated logout. Its sign-in form has
 * the fields `username` and `password`. Faults change what goes over the wire, never what is stored.
 *
 * @param options See `FakeProviderOptions`.
 * @returns The provider, listening.
 * @example
 * const provider = await startFakeProvider()
 * provider.allowRedirects({ callback: 'http://127.0.0.1:3000/auth/callback' })
 */
export async function startFakeProvider(options: FakeProviderOptions = {}): Promise<FakeProvider> {
  const accounts = new Map((options.accounts ?? ACCOUNTS).map((account) => [account.sub, account]))
  let clients = options.clients ?? [CLIENT]
  const [first = CLIENT] = clients
  const active = new Set<FaultName>()
  const requests: string[] = []
  const server = await listen(options.port ?? 0)
  const issuer = addressOf(server)
  serve(server, {
    issuer,
    accounts,
    clients: () => clients,
    active,
    requests,
    clock: options.clock ?? { now: machineNow },
  })
  return {
    issuer,
    client: { clientId: first.clientId, clientSecret: first.clientSecret },
    requests,
    allowRedirects({ callback, afterLogout }) {
      const uris = { redirectUris: [callback], postLogoutRedirectUris: afterLogout === undefined ? [] : [afterLogout] }
      clients = clients.map((client, index) => (index === 0 ? { ...client, ...uris } : client))
    },
    setAccount: (account) => void accounts.set(account.sub, account),
    fault: (name) => void active.add(name),
    clear: () => active.clear(),
    close: () => close(server),
  }
}

interface World {
  readonly issuer: string
  readonly accounts: ReadonlyMap<string, FakeAccount>
  readonly clients: () => readonly FakeClient[]
  readonly active: ReadonlySet<FaultName>
  readonly requests: string[]
  readonly clock: { now(): number }
}

function serve(server: Server, world: World): void {
  const key = createSigningKey('provider-1')
  const now = (): number => Math.floor(world.clock.now() / 1000)
  const accounts = (): readonly FakeAccount[] => [...world.accounts.values()]
  const storage = createStorage(world.clients)
  const provider = new Provider(world.issuer, providerConfiguration({ accounts, key, storage, now }))
  provider.use(async (ctx, next) => {
    await next()
    const clientSecret = world.clients()[0]?.clientSecret ?? ''
    const skew = now() - Math.floor(machineNow() / 1000)
    spoilAnswer(ctx, { active: world.active, tools: { issuer: world.issuer, key, clientSecret, now: now() }, skew })
  })
  const handle = provider.callback()
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const { pathname } = new URL(request.url ?? '/', world.issuer)
    world.requests.push(pathname)
    const broken = brokenConnection(world.active, pathname)
    if (broken === 'hang_up') request.socket.destroy()
    if (broken !== undefined) return
    if (pathname.startsWith('/interaction/')) void serveSignIn(provider, { accounts, now }, { request, response })
    else void handle(request, response)
  })
}

function brokenConnection(active: ReadonlySet<FaultName>, pathname: string): 'hang_up' | 'never_answer' | undefined {
  for (const name of active) {
    const fault = FAULT_TABLE[name]
    if (fault.on === 'connection' && pathname.startsWith(fault.path)) return fault.act
  }
  return undefined
}

function listen(port: number): Promise<Server> {
  const server = createServer()
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => resolve(server))
  })
}

function addressOf(server: Server): string {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('startFakeProvider: no address')
  return `http://127.0.0.1:${address.port}`
}

function close(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    server.close((error) => (error ? reject(error) : resolve()))
    // Whoever is still waiting for an answer that never comes is let go.
    server.closeAllConnections()
  })
}
