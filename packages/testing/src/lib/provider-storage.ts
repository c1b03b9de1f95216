import { machineNow } from './machine-clock.ts'
import type { Adapter, AdapterFactory, AdapterPayload } from 'oidc-provider'
import type { FakeClient } from './provider-people.ts'

/**
 * Keeps what the provider stores in one map, and answers for its clients from a list that may change while it runs:
 * the application under test learns its own address, and so its redirect URI, after the provider has started.
 */
export function createStorage(clients: () => readonly FakeClient[]): AdapterFactory {
  const records = new Map<string, AdapterPayload>()
  return (model) => (model === 'Client' ? clientAdapter(clients) : recordAdapter(model, records))
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
      for (const [name, payload] of records) if (payload.grantId === grantId) records.delete(name)
    },
  }
}

function clientAdapter(clients: () => readonly FakeClient[]): Adapter {
  const nothing = async (): Promise<undefined> => undefined
  return {
    find: async (id) => {
      const client = clients().find((one) => one.clientId === id)
      return client && toMetadata(client)
    },
    upsert: nothing,
    findByUid: nothing,
    findByUserCode: nothing,
    destroy: nothing,
    consume: nothing,
    revokeByGrantId: nothing,
  }
}

function toMetadata(client: FakeClient): AdapterPayload {
  return {
    client_id: client.clientId,
    client_secret: client.clientSecret,
    redirect_uris: [...client.redirectUris],
    post_logout_redirect_uris: [...client.postLogoutRedirectUris],
    grant_types: ['authorization_code'],
    response_types: ['code'],
    token_endpoint_auth_method: 'client_secret_basic',
    id_token_signed_response_alg: 'ES256',
    require_auth_time: true,
  }
}
