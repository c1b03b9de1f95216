import { randomBytes } from 'node:crypto'

import { openAudit, type Audit } from '@sallyport/audit'
import { createKeyring, type Keyring, type KeyMaterial } from '@sallyport/keyring'
import { createMemoryStore, type Store } from '@sallyport/store'
import { describe, expect, onTestFinished, test } from 'vitest'

import { coreOf } from '../../test/core.ts'
import { listAuthenticators, openLabel, openState, putAuthenticator, sealLabel, sealState } from './authenticators.ts'
import type { Core } from './options.ts'
import { resealAuthenticators } from './reseal.ts'

const OLD = keyOf('seal0000', 'seal')
const NEW = keyOf('seal0001', 'seal')
const OTHERS = [keyOf('name0000', 'pseudonym'), keyOf('sign0000', 'sign')]

function keyOf(id: string, purpose: KeyMaterial['purpose']): KeyMaterial {
  return { id, purpose, secret: randomBytes(32) }
}

function ring(...seals: readonly KeyMaterial[]): Keyring {
  return createKeyring({ keys: [...seals, ...OTHERS] })
}

interface Place {
  readonly store: Store
  readonly audit: Audit
  readonly coreWith: (keyring: Keyring) => Core
}

async function openPlace(): Promise<Place> {
  const store = createMemoryStore()
  const audit = await openAudit({
    store,
    subjects: createMemoryStore(),
    keyring: ring(OLD, NEW),
    origin: 'bank.example/ledger',
    app: 'bank',
    writer: 'bank-0',
  })
  onTestFinished(() => audit.close())
  return { store, audit, coreWith: (keyring) => coreOf({ store, audit, keyring, url: 'https://bank.example' }) }
}

async function enrol(core: Core, user: string, id: string): Promise<void> {
  const record = {
    factor: 'totp',
    label: await sealLabel(core, user, { id, label: `of ${user}` }),
    uses: 0,
    disabled: false,
    unique: null,
    state: await sealState(core, user, { id, state: { secret: id } }),
    enrolledAt: 1,
    lastUsedAt: null,
  } as const
  await core.store.commit({
    id: `${user}-${id}`,
    writes: [putAuthenticator(user, id, { record, expect: null })],
    entries: [],
  })
}

/** What a core opens of all authenticators of some users. */
async function openedBy(core: Core, users: readonly string[]): Promise<readonly unknown[]> {
  const all = users.map(async (user) => {
    const enrolled = await listAuthenticators(core, user)
    return await Promise.all(
      enrolled.map(async (each) => [(await openState(core, user, each)).state, await openLabel(core, user, each)]),
    )
  })
  return (await Promise.all(all)).flat()
}

describe('resealAuthenticators', () => {
  test('v5.0.0-11.2.2 after it the old key can be dropped, and everything still opens', async () => {
    const { coreWith } = await openPlace()
    const users = Array.from({ length: 130 }, (_, number) => `user-${number}`)
    for (const user of users) await enrol(coreWith(ring(OLD)), user, `of-${user}`)

    const count = await resealAuthenticators(coreWith(ring(OLD, NEW)))

    expect(count).toBe(130)
    expect(await openedBy(coreWith(ring(NEW)), users)).toEqual(
      users.map((user) => [{ secret: `of-${user}` }, `of ${user}`]),
    )
  })

  test('leaves what is sealed under the newest key as it is', async () => {
    const { store, coreWith } = await openPlace()
    await enrol(coreWith(ring(OLD, NEW)), 'ann', 'app')
    const before = await store.list(['authenticator'], { limit: 5 })

    const count = await resealAuthenticators(coreWith(ring(OLD, NEW)))

    expect(count).toBe(0)
    expect(await store.list(['authenticator'], { limit: 5 })).toEqual(before)
  })

  test('seals each once, however many instances do it at the same time', async () => {
    const { coreWith } = await openPlace()
    const users = Array.from({ length: 5 }, (_, number) => `user-${number}`)
    for (const user of users) await enrol(coreWith(ring(OLD)), user, 'app')

    const counts = await Promise.all(Array.from({ length: 50 }, () => resealAuthenticators(coreWith(ring(OLD, NEW)))))

    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(5)
    expect(await openedBy(coreWith(ring(NEW)), users)).toHaveLength(5)
  })

  test('does not undo what happens to an authenticator meanwhile', async () => {
    const { store, coreWith } = await openPlace()
    const core = coreWith(ring(OLD, NEW))
    await enrol(coreWith(ring(OLD)), 'ann', 'app')
    const [used] = await listAuthenticators(core, 'ann')
    const racing = {
      ...store,
      list: async (...args: Parameters<Store['list']>) => await useAfter(await store.list(...args)),
    }
    async function useAfter<T>(page: T): Promise<T> {
      const record = { ...(used?.value ?? never()), uses: 1 }
      await store.commit({
        id: 'use',
        writes: [putAuthenticator('ann', 'app', { record, expect: used?.version ?? null })],
        entries: [],
      })
      return page
    }

    const count = await resealAuthenticators({ ...core, store: racing })

    expect([count, (await listAuthenticators(core, 'ann'))[0]?.value.uses]).toEqual([0, 1])
  })

  test('passes over what no key opens any more', async () => {
    const { coreWith } = await openPlace()
    await enrol(coreWith(ring(keyOf('lost0000', 'seal'))), 'ann', 'app')
    await enrol(coreWith(ring(OLD)), 'ben', 'app')

    expect(await resealAuthenticators(coreWith(ring(OLD, NEW)))).toBe(1)
  })
})

function never(): never {
  throw new Error('never: nothing enrolled')
}
