import { randomBytes } from 'node:crypto'
import { openKeyring, rotateKey } from '@sallyport/keyring'
import { createMemoryStore, type Store } from '@sallyport/store'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { withAudit, withBench } from '../../../test/bench.ts'
import { testKeyring } from '../../../test/ledger.ts'
import { SubjectKeys } from './subject-keys.ts'
import type { Audit } from '../audit-contract.ts'
import type { LedgerEvent } from '../events/types.ts'

const code = (value: string): unknown => expect.objectContaining({ code: value })
const FIELDS = { ip: '203.0.113.77', name: 'Alice \u{1f511}' }
const AT = 1_800_000_000_000
const ALICE = { user: 'alice', retention: 'access', at: AT } as const

describe('SubjectKeys', () => {
  test('opens what it sealed', async () => {
    const { keys } = subjectKeys()
    const sealed = await keys.seal(ALICE, 'event-1', FIELDS)

    expect(await keys.open('event-1', sealed)).toEqual(FIELDS)
  })

  test('seals the same fields differently each time', async () => {
    const { keys } = subjectKeys()
    const boxes = await Promise.all([keys.seal(ALICE, 'event-1', FIELDS), keys.seal(ALICE, 'event-1', FIELDS)])

    expect(boxes[0]?.box).not.toBe(boxes[1]?.box)
  })

  test('refuses an envelope in another event', async () => {
    const { keys } = subjectKeys()
    const sealed = await keys.seal(ALICE, 'event-1', FIELDS)

    await expect(keys.open('event-2', sealed)).rejects.toEqual(code('ERR_AUDIT_ENVELOPE'))
  })

  test('refuses an envelope under the name of another person', async () => {
    const { keys } = subjectKeys()
    const sealed = await keys.seal(ALICE, 'event-1', FIELDS)
    const other = await keys.seal({ ...ALICE, user: 'bob' }, 'event-1', FIELDS)

    await expect(keys.open('event-1', { box: sealed.box, subject: other.subject })).rejects.toEqual(
      code('ERR_AUDIT_ENVELOPE'),
    )
  })

  test.each([0, 11, 12, 20, -1])('refuses an envelope with the byte at %i changed', async (place) => {
    const { keys } = subjectKeys()
    const sealed = await keys.seal(ALICE, 'event-1', FIELDS)
    const bytes = Buffer.from(sealed.box, 'base64url')
    const at = (place + bytes.length) % bytes.length
    bytes[at] = (bytes[at] ?? 0) ^ 1

    await expect(keys.open('event-1', { ...sealed, box: bytes.toString('base64url') })).rejects.toEqual(
      code('ERR_AUDIT_ENVELOPE'),
    )
  })

  test.each(['', 'AA', 'A'.repeat(16), 'A'.repeat(40), '!'])('refuses the box "%s"', async (box) => {
    const { keys } = subjectKeys()
    const { subject } = await keys.seal(ALICE, 'event-1', FIELDS)

    await expect(keys.open('event-1', { box, subject })).rejects.toEqual(code('ERR_AUDIT_ENVELOPE'))
  })

  test.each(['', '~', 'alice', `${'x'.repeat(600)}~12345678`])('refuses the subject "%s"', async (subject) => {
    const { keys } = subjectKeys()

    await expect(keys.open('event-1', { box: 'AAAA', subject })).rejects.toEqual(code('ERR_AUDIT_ENVELOPE'))
  })

  test('refuses a key that was put there by somebody without the key ring', async () => {
    const { keys, store } = subjectKeys()
    const sealed = await keys.seal(ALICE, 'event-1', FIELDS)
    await replaceKey(store, 'not sealed by us')

    await expect(keys.open('event-1', sealed)).rejects.toEqual(code('ERR_AUDIT_ENVELOPE'))
  })

  test('makes one key of 50 parallel envelopes of a new person', async () => {
    const { keys, store } = subjectKeys()
    const sealed = await Promise.all(
      Array.from({ length: 50 }, async (_, turn) => keys.seal(ALICE, `event-${turn}`, FIELDS)),
    )

    expect(new Set(sealed.map(({ subject }) => subject)).size).toBe(1)
    expect(await store.list(['subject'], { limit: 10 })).toHaveLength(1)
  })

  test('makes one key for a person whom several instances meet at once', async () => {
    const store = createMemoryStore()
    const instances = Array.from({ length: 10 }, () => subjectKeys(store).keys)
    const sealed = await Promise.all(instances.map(async (keys, turn) => keys.seal(ALICE, `event-${turn}`, FIELDS)))
    const opened = await Promise.all(sealed.map(async (one, turn) => instances[9 - turn]?.open(`event-${turn}`, one)))

    expect(await store.list(['subject'], { limit: 10 })).toHaveLength(1)
    expect(opened).toEqual(Array.from({ length: 10 }, () => FIELDS))
  })

  test('holds the keys sealed, under a pseudonym', async () => {
    const { keys, store } = subjectKeys()
    await keys.seal(ALICE, 'event-1', FIELDS)

    expect(JSON.stringify(await store.list([], { limit: 10 }))).not.toContain('alice')
  })

  test('tries again after its store was away', async () => {
    const store = createMemoryStore()
    let isAway = true
    const moody: Store = {
      ...store,
      get: async (keys) => (isAway ? Promise.reject(new Error('away')) : store.get(keys)),
    }
    const { keys } = subjectKeys(moody)
    await expect(keys.seal(ALICE, 'event-1', FIELDS)).rejects.toThrow('away')
    isAway = false

    expect(await keys.open('event-2', await keys.seal(ALICE, 'event-2', FIELDS))).toEqual(FIELDS)
  })
})

describe('erasing a person', () => {
  test('C-13 makes the sealed data unreadable on every instance, and the ledger stays good', async () => {
    await withBench(async ({ open, subjects, events, verify }) => {
      const [audit, other] = [await open(), await open()]
      await deny(audit)
      await eraseAll(subjects)
      await audit.close()

      const event = await sealedOf(events)
      expect([await audit.reveal(event), await other.reveal(event)]).toEqual([undefined, undefined])
      await other.close()
      expect(await verify()).toMatchObject({ verdict: 'good', problems: [] })
    })
  })

  test('lets the person come back under a new key, without an alarm about what was erased', async () => {
    let now = 1_800_000_000_000
    await withBench(
      async ({ open, subjects, events }) => {
        const audit = await open()
        await deny(audit)
        await eraseAll(subjects)
        now += 60_001
        await deny(audit)

        const [erased, fresh] = (await events()).filter(({ sealed }) => sealed !== undefined)
        if (erased === undefined || fresh === undefined) throw new Error('nothing was sealed')
        expect(await audit.reveal(erased)).toBeUndefined()
        expect(await audit.reveal(fresh)).toEqual({ 'identity.name': 'Alice' })
      },
      { clock: () => now },
    )
  })
})

describe('a rotation of the key ring', () => {
  test('leaves the person the same key', async () => {
    await withBench(async ({ folder, open, subjects, events }) => {
      await deny(await open())
      await rotateKey(join(folder, 'keys.json'), 'pseudonym')
      await rotateKey(join(folder, 'keys.json'), 'seal')
      const audit = await open({ keyring: await openKeyring(join(folder, 'keys.json')) })
      await deny(audit)

      const sealed = (await events()).filter((event) => event.sealed !== undefined)
      expect(await subjects.list(['subject'], { limit: 10 })).toHaveLength(1)
      expect(await Promise.all(sealed.map((event) => audit.reveal(event)))).toEqual([
        { 'identity.name': 'Alice' },
        { 'identity.name': 'Alice' },
      ])
    })
  })
})

describe('reveal', () => {
  test('refuses an envelope that was moved into another entry', async () => {
    await withAudit(async ({ audit, events }) => {
      await deny(audit)
      await deny(audit)
      const [one, two] = (await events()).filter(({ sealed }) => sealed !== undefined)
      if (one?.sealed === undefined || two === undefined) throw new Error('nothing was sealed')

      await expect(audit.reveal({ ...two, sealed: one.sealed })).rejects.toEqual(code('ERR_AUDIT_ENVELOPE'))
    })
  })
})

function subjectKeys(store: Store = createMemoryStore()): { readonly keys: SubjectKeys; readonly store: Store } {
  return { store, keys: new SubjectKeys({ store, keyring: testKeyring(1), randomBytes }) }
}

async function deny(audit: Audit): Promise<void> {
  const actor = { user: 'alice', identity: { name: 'Alice' } }
  await audit.emit('access.denied', { actor, data: { requirement: 'r' } })
}

async function sealedOf(events: () => Promise<readonly LedgerEvent[]>): Promise<LedgerEvent> {
  const found = (await events()).find(({ sealed }) => sealed !== undefined)
  if (found === undefined) throw new Error('nothing was sealed')
  return found
}

async function eraseAll(subjects: Store): Promise<void> {
  const records = await subjects.list(['subject'], { limit: 100 })
  const writes = records.map(({ key, version }) => ({ op: 'remove', key, expect: version }) as const)
  await subjects.commit({ id: 'erase', writes, entries: [] })
}

async function replaceKey(store: Store, value: string): Promise<void> {
  const [record] = await store.list(['subject'], { limit: 1 })
  if (record === undefined) throw new Error('there is no key')
  const write = { op: 'put', key: record.key, value, expect: record.version } as const
  await store.commit({ id: 'replace', writes: [write], entries: [] })
}
