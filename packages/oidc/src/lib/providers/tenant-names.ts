import { createHash } from 'node:crypto'
import type { Audit } from '@sallyport/audit'
import type { Store } from '@sallyport/store'

/**
 * Which tenant an issuer is called: sessions know the issuer that they began with, and an instance that was started since
 * knows no tenant yet.
 */
export interface TenantNames {
  /** Remembers the name that people of this issuer sign in by. Never rejects. */
  remember(issuer: string, name: string): Promise<void>
  nameOf(issuer: string): Promise<string | undefined>
}

/** Prepares the keeping of the names in the store. */
export function createTenantNames({
  store,
  audit,
}: {
  readonly store: Pick<Store, 'get'>
  readonly audit: Pick<Audit, 'commit'>
}): TenantNames {
  // An issuer may be longer than a key.
  const keyOf = (issuer: string): readonly string[] => [
    'oidc-tenant',
    createHash('sha256').update(issuer).digest('base64url'),
  ]
  return {
    async remember(issuer, name) {
      const key = keyOf(issuer)
      try {
        const [found] = await store.get([key])
        if (found?.value === name) return
        const put = { op: 'put', key, value: name, expect: found?.version ?? null } as const
        await audit.commit({ writes: [put], events: [] })
      } catch {
        // The next sign-in tries again.
      }
    },
    async nameOf(issuer) {
      const [found] = await store.get([keyOf(issuer)])
      return typeof found?.value === 'string' ? found.value : undefined
    },
  }
}
