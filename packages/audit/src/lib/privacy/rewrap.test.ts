import { createKeyring, openKeyring, rotateKey, type Keyring } from '@sallyport/keyring'
import { createMemoryStore, type Store } from '@sallyport/store'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { withBench } from '../../../test/bench.ts'
import { deny, keysOf, OFFICER, readable } from '../../../test/people.ts'

const KEYS = [
  { id: 'seal0001', purpose: 'seal', secret: Buffer.alloc(32, 1) },
  { id: 'seal0002', purpose: 'seal', secret: Buffer.alloc(32, 2) },
  { id: 'name0001', purpose: 'pseudonym', secret: Buffer.alloc(32, 3) },
  { id: 'sign0001', purpose: 'sign', secret: Buffer.alloc(32, 4) },
] as const

describe('rewrapKeys', () => {
  test('lets an old seal key go: what was sealed before opens without it, holds stand and erasures work', async () => {
    await withBench(
      async ({ open, subjects, events, verify }) => {
        const first = await open({ keyring: ringOf('seal0001') })
        for (let turn = 0; turn < 230; turn++) await deny(first, `person-${turn}`)
        await first.placeHold({ name: 'case', reference: 'r', user: 'person-0' }, OFFICER)
        const both = await open({ keyring: ringOf('seal0001', 'seal0002') })
        expect(await both.rewrapKeys(OFFICER)).toEqual({ rewrapped: 230 })
        expect(await both.rewrapKeys(OFFICER)).toEqual({ rewrapped: 0 })
        const audit = await open({ keyring: ringOf('seal0002') })

        expect(await readable(audit, await events())).toHaveLength(230)
        expect(await audit.eraseSubject('person-0', OFFICER)).toMatchObject({ ok: false, code: 'held' })
        expect(await audit.releaseHold('case', OFFICER)).toBe(true)
        expect(await audit.eraseSubject('person-0', OFFICER)).toMatchObject({ ok: true, keys: 1 })
        const recorded = (await events()).filter(({ type }) => type === 'privacy.keys.rewrapped')
        expect(recorded.map(({ data }) => data)).toEqual([{ keys: 230 }, { keys: 0 }])
        expect(await sealKeysOf(subjects)).toEqual(['seal0002'])
        for (const one of [first, both, audit]) await one.close()
        expect((await verify()).problems).toEqual([])
      },
      { keyring: ringOf('seal0001') },
    )
  })

  test('never brings back a key that is destroyed in the same moment', async () => {
    await withBench(
      async ({ open, subjects, events }) => {
        const old = await open({ keyring: ringOf('seal0001') })
        const people = Array.from({ length: 50 }, (_, turn) => `person-${turn}`)
        for (const user of people) await deny(old, user)
        const audit = await open({ keyring: ringOf('seal0001', 'seal0002') })
        const before = await events()
        await Promise.all([audit.rewrapKeys(OFFICER), ...people.map(async (user) => audit.eraseSubject(user, OFFICER))])

        expect(await readable(audit, before)).toEqual([])
        expect((await keysOf(subjects)).length).toBeLessThanOrEqual(1)
      },
      { keyring: ringOf('seal0001') },
    )
  })

  test('goes on where it was interrupted', async () => {
    await withBench(
      async ({ open, subjects }) => {
        const old = await open({ keyring: ringOf('seal0001') })
        for (let turn = 0; turn < 150; turn++) await deny(old, `person-${turn}`)
        let commits = 0
        const breaking: Store = {
          ...subjects,
          commit: async (one) =>
            one.writes.length > 1 && ++commits > 1 ? Promise.reject(new Error('away')) : subjects.commit(one),
        }
        const broken = await open({ keyring: ringOf('seal0001', 'seal0002'), subjects: breaking })
        await expect(broken.rewrapKeys(OFFICER)).rejects.toThrow('away')
        const audit = await open({ keyring: ringOf('seal0001', 'seal0002') })

        expect(await audit.rewrapKeys(OFFICER)).toEqual({ rewrapped: 50 })
        expect(await sealKeysOf(subjects)).toEqual(['seal0002'])
      },
      { keyring: ringOf('seal0001') },
    )
  })

  test('says when a key cannot be opened any more, after it has done all others', async () => {
    await withBench(
      async ({ open, subjects, events }) => {
        await deny(await open({ keyring: ringOf('seal0001') }), 'alice')
        const audit = await open({ keyring: ringOf('seal0002') })
        await deny(audit, 'bob')

        await expect(audit.rewrapKeys(OFFICER)).rejects.toMatchObject({ code: 'ERR_AUDIT_ENVELOPE' })
        expect((await events()).at(-1)).toMatchObject({ type: 'privacy.keys.rewrapped', data: { keys: 0 } })
        expect(await keysOf(subjects)).toHaveLength(2)
      },
      { keyring: ringOf('seal0001') },
    )
  })
})

describe('a rotation of the key ring', () => {
  test('is found out at the next start, and searches span the pseudonyms before and after', async () => {
    await withBench(async ({ folder, open, events }) => {
      const first = await open()
      await deny(first, 'alice', '203.0.113.7')
      await first.close()
      const names = await rotateKey(join(folder, 'keys.json'), 'pseudonym')
      const seals = await rotateKey(join(folder, 'keys.json'), 'seal')
      const audit = await open({ keyring: await openKeyring(join(folder, 'keys.json')) })
      await deny(audit, 'alice', '203.0.113.7')
      await open({ keyring: await openKeyring(join(folder, 'keys.json')) })

      const found = (await audit.query({ user: 'alice' })).events
      expect(new Set(found.map(({ actor }) => actor?.id)).size).toBe(2)
      expect((await audit.query({ address: '203.0.113.7' })).events).toHaveLength(2)
      expect(await readable(audit, found)).toHaveLength(2)
      const changed = (await events()).filter(({ type }) => type === 'config.changed').map(({ data }) => data)
      expect(changed).toMatchObject([
        { setting: 'keyring.pseudonym', from: expect.any(String), to: names },
        { setting: 'keyring.seal', from: expect.any(String), to: seals },
      ])
    })
  })

  test('is nothing at the first start, and with a key service only what can be seen of it', async () => {
    await withBench(async ({ open, events, store }) => {
      await open()

      expect((await events()).some(({ type }) => type === 'config.changed')).toBe(false)
      expect((await store.list(['setting'], { limit: 10 })).map(({ key }) => key[1])).toEqual([
        'keyring.pseudonym',
        'keyring.seal',
      ])
    })
    const store = createMemoryStore()
    await withBench(
      async ({ open }) => {
        await open({ keyring: serviceOf(ringOf('seal0001')) })

        expect((await store.list(['setting'], { limit: 10 })).map(({ key }) => key[1])).toEqual(['keyring.pseudonym'])
      },
      { store },
    )
  })
})

/** A key ring of some seal keys, the newest last. */
function ringOf(...seals: readonly string[]): Keyring {
  return createKeyring({ keys: KEYS.filter(({ id, purpose }) => purpose !== 'seal' || seals.includes(id)) })
}

/** What a key service seals names no key. */
function serviceOf(ring: Keyring): Keyring {
  return {
    ...ring,
    seal: async (context, bytes) => (await ring.seal(context, bytes)).replace(/^.{8}/, 'service'),
    unseal: async (context, text) => ring.unseal(context, text.replace('service', 'seal0001')),
  }
}

async function sealKeysOf(subjects: Store): Promise<readonly string[]> {
  const records = await subjects.list(['subject'], { limit: 1_000 })
  return [...new Set(records.map(({ value }) => (typeof value === 'string' ? (value.split('.')[0] ?? '') : '')))]
}
