import type { AdapterPayload, Configuration } from 'oidc-provider'

/** What an example's identity provider stores, in memory. */
export function createMemory(): NonNullable<Configuration['adapter']> {
  const records = new Map<string, AdapterPayload>()
  return (model: string) => {
    const name = (id: string): string => `${model} ${id}`
    const findBy = (test: (payload: AdapterPayload) => boolean): AdapterPayload | undefined =>
      [...records].find(([key, payload]) => key.startsWith(`${model} `) && test(payload))?.[1]
    return {
      upsert: async (id, payload) => void records.set(name(id), payload),
      find: async (id) => records.get(name(id)),
      findByUid: async (uid) => findBy((payload) => payload.uid === uid),
      findByUserCode: async (code) => findBy((payload) => payload.userCode === code),
      destroy: async (id) => void records.delete(name(id)),
      consume: async (id) =>
        void records.set(name(id), { ...records.get(name(id)), consumed: Math.floor(Date.now() / 1_000) }),
      revokeByGrantId: async (grantId) => {
        // Of this model alone: a sign-in that is under way has the id of its grant too.
        for (const [key, payload] of records)
          if (key.startsWith(`${model} `) && payload.grantId === grantId) records.delete(key)
      },
    }
  }
}
