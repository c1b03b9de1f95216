import { X509Certificate } from 'node:crypto'
import { machineNow } from './machine-clock.ts'
import type { Adapter, AdapterFactory, AdapterPayload } from 'oidc-provider'
import type { SigningAlgorithm } from './provider-keys.ts'
import type { ProviderSettings } from './provider-options.ts'
import type { FakeClient } from './provider-people.ts'

/** What the storage of a provider is made from. */
export interface StorageParts {
  readonly settings: Pick<ProviderSettings, 'dpop' | 'signedUserInfo'>
  /** Asked each time, so that a client may change. */
  readonly clients: () => readonly FakeClient[]
  /** What the provider signs with at present. */
  readonly algorithm: () => SigningAlgorithm
}

/**
 * Keeps what the provider stores in one map, and answers for its clients from a list that may change while it runs:
 * the application under test learns its own address, and so its redirect URI, after the provider has started.
 */
export function createStorage(parts: StorageParts): AdapterFactory {
  const records = new Map<string, AdapterPayload>()
  return (model) => (model === 'Client' ? clientAdapter(parts) : recordAdapter(model, records))
}

function recordAdapter(model: string, records: Map<string, AdapterPayload>): Adapter {
  const key = (id: string): string => `${model}:${id}`
  const findBy = (test: (payload: AdapterPayload) => boolean): AdapterPayload | undefined =>
    [...records].find(([name, payload]) => name.startsWith(`${model}:`) && test(payload))?.[1]
  return {
    upsert: async (id, payload) => void records.set(key(id), payload),
    find: async (id) => records.get(key(id)),
    findByUid: async (uid) => findBy((payload) => payload.uid === uid),
    findByUserCode: async (code) => findBy((payload) => payload.userCode === code),
    destroy: async (id) => void records.delete(key(id)),
    consume: async (id) => {
      const payload = records.get(key(id))
      if (payload) records.set(key(id), { ...payload, consumed: Math.floor(machineNow() / 1000) })
    },
    revokeByGrantId: async (grantId) => {
      // Of this model alone: a sign-in that is under way has the id of its grant too.
      for (const [name, payload] of records)
        if (name.startsWith(`${model}:`) && payload.grantId === grantId) records.delete(name)
    },
  }
}

function clientAdapter(parts: StorageParts): Adapter {
  const nothing = async (): Promise<undefined> => undefined
  return {
    find: async (id) => {
      const client = parts.clients().find((one) => one.clientId === id)
      return client && toMetadata(client, parts)
    },
    upsert: nothing,
    findByUid: nothing,
    findByUserCode: nothing,
    destroy: nothing,
    consume: nothing,
    revokeByGrantId: nothing,
  }
}

function toMetadata(client: FakeClient, { settings, algorithm }: StorageParts): AdapterPayload {
  const keys =
    client.certificate === undefined ? client.jwks : { keys: [...(client.jwks?.keys ?? []), toJwk(client.certificate)] }
  const optional = {
    client_secret: client.clientSecret,
    jwks: keys,
    tls_client_auth_subject_dn: client.tlsClientAuthSubjectDn,
    userinfo_signed_response_alg: settings.signedUserInfo ? algorithm() : undefined,
  }
  return {
    ...Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== undefined)),
    client_id: client.clientId,
    redirect_uris: [...(client.redirectUris ?? [])],
    post_logout_redirect_uris: [...(client.postLogoutRedirectUris ?? [])],
    grant_types: ['authorization_code'],
    response_types: ['code'],
    token_endpoint_auth_method: client.authMethod ?? 'client_secret_basic',
    id_token_signed_response_alg: algorithm(),
    require_auth_time: true,
    dpop_bound_access_tokens: settings.dpop,
  }
}

/** The public key of a certificate, with the certificate itself, by which the library knows it again (RFC 8705 §2.2.2). */
function toJwk(certificate: string): object {
  const { publicKey, raw } = new X509Certificate(certificate)
  return { ...publicKey.export({ format: 'jwk' }), x5c: [raw.toString('base64')] }
}
