import { createActiveFaults } from './faults/active-faults.ts'
import { createProviderAuthority } from './provider-certificates.ts'
import { createEngine } from './provider-engine.ts'
import { resolveOptions } from './provider-options.ts'
import { createRecord } from './provider-record.ts'
import { listen } from './provider-server.ts'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { FaultName } from './faults.ts'
import type { CertificateAndKey, ProviderAuthority } from './provider-certificates.ts'
import type { ProviderEngine, ProviderWorld, Rotation } from './provider-engine.ts'
import type { FakeProviderOptions } from './provider-options.ts'
import type { FakeAccount, FakeClient } from './provider-people.ts'

/** A running identity provider on loopback. */
export interface FakeProvider {
  readonly issuer: string
  /** The first client: what the application under test signs in with. The secret is empty when it has none. */
  readonly client: { readonly clientId: string; readonly clientSecret: string }
  /** The root of its certificate in PEM, where it listens over TLS; `undefined` elsewhere. */
  readonly ca: string | undefined
  /** The path of every request so far, such as `/token`, the oldest first. */
  readonly requests: readonly string[]
  /** The parameters of every authorization request so far, whatever way they came: pushed, signed, or in the address. */
  readonly authorizations: readonly Readonly<Record<string, string>>[]
  /** How clients proved themselves at the token endpoint and where requests are pushed, such as `private_key_jwt`. */
  readonly clientAuthentications: readonly string[]
  /** Replaces the redirect URIs of the first client. */
  allowRedirects(uris: { readonly callback: string; readonly afterLogout?: string | undefined }): void
  /** Replaces an account of the same `sub`, or adds it: an address changes, a name is reassigned. */
  setAccount(account: FakeAccount): void
  /** Replaces a client of the same `clientId`, or adds it: a key or a certificate is registered. */
  setClient(client: FakeClient): void
  /** Makes a client's certificate for `CN=<name>`, signed by the authority of `ca` or by itself; throws without TLS. */
  certify(name: string, options?: { readonly selfSigned?: boolean | undefined }): CertificateAndKey
  /** Signs with a new key from now on and publishes it beside the old ones, or alone; returns its `kid`. */
  rotateKeys(rotation?: Rotation): string
  /** States, codes, tokens, claims and words that it sent, the newest last: what must not turn up in pages and logs. */
  readonly secrets: readonly string[]
  /** Switches a fault on until `clear`. Several may be on at once. */
  fault(name: FaultName): void
  /** Switches a fault's honest twin on until `clear`: the same machinery, with nothing wrong. */
  twin(name: FaultName): void
  /** Switches every fault and twin off. */
  clear(): void
  close(): Promise<void>
}

/**
 * Starts a real identity provider (node-oidc-provider) on loopback, for tests and examples.
 *
 * It speaks OpenID Connect over HTTP as any other does: authorization code with PKCE, keys made at start, `iss` in the
 * authorization response, UserInfo, `acr_values`, `claims`, `max_age`, `prompt`, RP-initiated logout; pushed and signed
 * requests, DPoP, client certificates and more on demand. Its sign-in form has the fields `username` and `password`.
 * Faults change what goes over the wire, never what is stored.
 *
 * @param options See `FakeProviderOptions`.
 * @returns The provider, listening.
 * @example
 * const provider = await startFakeProvider()
 * provider.allowRedirects({ callback: 'http://127.0.0.1:3000/auth/callback' })
 */
export async function startFakeProvider(options: FakeProviderOptions = {}): Promise<FakeProvider> {
  const resolved = resolveOptions(options)
  const { settings } = resolved
  const accounts = new Map(resolved.accounts.map((account) => [account.sub, account]))
  const clients = new Map(resolved.clients.map((client) => [client.clientId, client]))
  const firstId = resolved.clients[0]?.clientId ?? ''
  const active = createActiveFaults()
  const record = createRecord()
  const authority = settings.https ? createProviderAuthority() : undefined
  const { server, origin: issuer, port, close } = await listen(settings.port, authority)
  const world: ProviderWorld = {
    settings,
    issuer,
    port,
    accounts,
    active,
    record,
    clients: () => [...clients.values()],
  }
  const engine = createEngine(world)
  server.on('request', (request: IncomingMessage, response: ServerResponse) =>
    serve(world, engine, { request, response }),
  )
  return {
    issuer,
    requests: record.requests,
    authorizations: record.authorizations,
    clientAuthentications: record.clientAuthentications,
    client: { clientId: firstId, clientSecret: clients.get(firstId)?.clientSecret ?? '' },
    ca: authority?.ca,
    allowRedirects({ callback, afterLogout }) {
      const postLogoutRedirectUris = afterLogout === undefined ? [] : [afterLogout]
      const client = clients.get(firstId)
      if (client) clients.set(firstId, { ...client, redirectUris: [callback], postLogoutRedirectUris })
    },
    setAccount: (account) => void accounts.set(account.sub, account),
    setClient: (client) => void clients.set(client.clientId, client),
    certify: (name, how) => demandTls(authority).certify(name, how),
    rotateKeys: (rotation = {}) => engine.rotate(rotation),
    get secrets() {
      return active.secrets
    },
    fault: (name) => active.fault(name),
    twin: (name) => active.twin(name),
    clear: () => active.clear(),
    close,
  }
}

function serve(
  world: ProviderWorld,
  engine: ProviderEngine,
  { request, response }: { readonly request: IncomingMessage; readonly response: ServerResponse },
): void {
  const { pathname } = new URL(request.url ?? '/', world.issuer)
  world.record.requests.push(pathname)
  if (world.active.acts.some((act) => act.hangUp === true)) request.socket.destroy()
  else engine.answer(request, response)
}

function demandTls(authority: ProviderAuthority | undefined): ProviderAuthority {
  if (authority === undefined) throw new Error('startFakeProvider: certify needs the option https')
  return authority
}
