import { createKeyFile, openKeyring, rotateKey, type Keyring } from '@sallyport/keyring'
import { openSqlite } from '@sallyport/sqlite'
import { createMemoryStore, type Store } from '@sallyport/store'
import { formatVerifierKey } from '@sallyport/tlog/note'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test, vi } from 'vitest'
import { deny, keysOf, liveUntil, OFFICER, readable } from '../../../test/people.ts'
import type { Audit } from '../audit-contract.ts'
import { event } from '../events/event.ts'
import { parseEntry } from '../events/parse-entry.ts'
import type { LedgerEvent } from '../events/types.ts'
import { openAudit } from '../open-audit.ts'
import { verifyReceipt } from '../receipts/verify-receipt.ts'
import { verifyLedger } from '../verifying/verify.ts'

const ORIGIN = 'audit.example.com/whole'
const NOVEMBER = Date.UTC(2026, 10, 15)
const DAY_MS = 86_400_000

type OpenStore = (name: string, clock: () => number) => Promise<Store>

describe.each<[string, (folder: string) => OpenStore]>([
  ['in memory', () => async (_, clock) => createMemoryStore({ clock })],
  ['in SQLite', (folder) => async (name, clock) => openSqlite({ path: join(folder, `${name}.db`), clock })],
])('C-13 LOG-10 a ledger %s', (_, storesOf) => {
  test('is good, and all its receipts hold, after an erasure, a hold, an expiry and every rotation', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'sallyport-whole-'))
    try {
      expect(await liveThroughAll(folder, storesOf(folder))).toBeGreaterThan(20)
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  })
})

/** Gives how many receipts held to the end. */
async function liveThroughAll(folder: string, openStore: OpenStore): Promise<number> {
  let now = NOVEMBER
  const clock = (): number => now
  const [store, subjects] = [await openStore('ledger', clock), await openStore('subjects', clock)]
  const keys = join(folder, 'keys.json')
  await createKeyFile(keys)
  const first = await openKeyring(keys)
  const receipts = new Map<string, string>()
  const retention = { personalDays: { access: 30 } }
  const open = async (keyring: Keyring): Promise<Audit> =>
    openAudit({ store, subjects, keyring, origin: ORIGIN, app: 'bank', retention, subjectBackupDays: 7 })
  /** The ledger is good under its newest key alone, and so is every receipt that was ever made of it. */
  const check = async (audit: Audit, keyring: Keyring): Promise<void> => {
    await audit.settle()
    for (const { id } of await eventsOf(store)) if (!receipts.has(id)) receipts.set(id, await audit.receipt(id))
    const [newest = ''] = await verifierKeysOf(keyring)
    expect(await verifyLedger({ store, verifierKeys: [newest] })).toMatchObject({ verdict: 'good', problems: [] })
    const verifierKeys = await verifierKeysOf(keyring)
    const verdicts = [...receipts].map(([id, text]) => isReceiptOf(id, verifyReceipt(text, { verifierKeys })))
    expect(verdicts).toEqual(verdicts.map(() => true))
  }

  let audit = await open(first)
  await audit.placeHold({ name: 'case-1', reference: 'C-1', user: 'bob' }, OFFICER)
  for (const user of ['alice', 'bob', 'carol']) {
    await audit.commit({
      writes: [],
      events: [event('session.started', { actor: { user, identity: { name: user } }, data: {} })],
    })
    await deny(audit, user)
  }
  await check(audit, first)

  expect(await audit.eraseSubject('alice', OFFICER)).toMatchObject({
    ok: true,
    keys: 2,
    backupsCleanAt: now + 7 * DAY_MS,
  })
  expect(await audit.eraseSubject('bob', OFFICER)).toEqual({ ok: false, code: 'held', hold: 'case-1' })
  expect(await readable(audit, await eventsOf(store))).toEqual(['bob', 'Name of bob', 'carol', 'Name of carol'])
  await check(audit, first)
  await audit.close()

  for (const purpose of ['pseudonym', 'seal', 'sign'] as const) await rotateKey(keys, purpose)
  const second = await openKeyring(keys)
  audit = await open(second)
  await deny(audit, 'carol')
  expect(await audit.rewrapKeys(OFFICER)).toEqual({ rewrapped: 4 })
  expect((await audit.query({ user: 'carol', type: 'access.denied' })).events).toHaveLength(2)
  expect(await audit.eraseSubject('bob', OFFICER)).toMatchObject({ ok: false, code: 'held' })
  await check(audit, second)
  now += 60 * DAY_MS
  await liveUntil(audit, now)
  await audit.close()

  audit = await open(second)
  await vi.waitFor(async () => expect(await keysOf(subjects)).toHaveLength(3), { timeout: 10_000 })
  expect(await readable(audit, await eventsOf(store))).toEqual(['bob', 'Name of bob', 'carol'])
  await check(audit, second)

  await audit.releaseHold('case-1', OFFICER)
  expect(await audit.eraseSubject('bob', OFFICER)).toMatchObject({ ok: true, keys: 2 })
  expect(await readable(audit, await eventsOf(store))).toEqual(['carol'])
  await check(audit, second)
  await audit.close()
  await Promise.all([store.close(), subjects.close()])
  return receipts.size
}

function isReceiptOf(id: string, verdict: ReturnType<typeof verifyReceipt>): boolean {
  return verdict.ok && verdict.event.id === id
}

async function eventsOf(store: Store): Promise<readonly LedgerEvent[]> {
  return (await store.read(0, 1_000)).map(parseEntry)
}

async function verifierKeysOf(keyring: Keyring): Promise<readonly string[]> {
  return (await keyring.publicKeys()).map((key) => formatVerifierKey(ORIGIN, key))
}
