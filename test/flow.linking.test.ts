import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openSqlite } from '@sallyport/sqlite'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import { withBench } from '../packages/audit/test/bench.ts'
import { createLinkedIdentities } from '../packages/oidc/src/lib/linked-identities.ts'
import { ownerOf } from '../packages/oidc/src/lib/links.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sallyport-linking-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

describe('linking on SQLite', () => {
  test('v5.0.0-15.4.2 of fifty users who link one identity at once, one gets it, and the ledger says who', async () => {
    const store = await openSqlite({ path: join(folder, 'store.db') })
    await withBench(
      async ({ open, keyring, events }) => {
        const audit = await open()
        const linked = createLinkedIdentities({ store, audit, keyring, clock: store })
        const issuer = 'https://id.example'

        const tries = await Promise.allSettled(
          Array.from({ length: 50 }, (_, one) => {
            const user = `user-${one}`
            return linked.link({ user, identity: 'identity', issuer, account: 'ada', about: { actor: { user } } })
          }),
        )

        const codes = tries.flatMap((one) => (one.status === 'rejected' ? [Reflect.get(one.reason, 'code')] : []))
        const winner = `user-${tries.findIndex(({ status }) => status === 'fulfilled')}`
        expect(codes).toEqual(Array.from({ length: 49 }, () => 'ERR_OIDC_LINK_TAKEN'))
        expect((await ownerOf(store, 'identity')).user).toBe(winner)
        expect((await linked.list(winner)).map(({ identity }) => identity)).toEqual(['identity'])
        await audit.settle()
        expect((await events()).filter(({ type }) => type === 'account.linked')).toHaveLength(1)
      },
      { store },
    )
    await store.close()
  })
})
