import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openSqlite } from '@sallyport/sqlite'
import type { Store } from '@sallyport/store'
import { formatVerifierKey } from '@sallyport/tlog/note'
import { describe, expect, test } from 'vitest'
import { LEDGER, verify as verifyStore, withAudit } from '../../../test/bench.ts'
import { fakeWitness } from '../../../test/fake-witness.ts'
import { BY, DAY, withOldLedger, type OldLedger } from '../../../test/old-ledger.ts'
import { recordingSink } from '../../../test/recording-sink.ts'
import { event } from '../events/event.ts'
import type { PendingEvent } from '../events/types.ts'
import { verifyReceipt } from '../receipts/verify-receipt.ts'
import { readSetting } from '../writing/settings-record.ts'

const code = (value: string): unknown => expect.objectContaining({ code: value })
const GOOD = { verdict: 'good', problems: [] }

describe('prune', () => {
  test('v5.0.0-14.2.7 LOG-10 drops old entries by whole ranges; what remains is good, and its receipts hold', async () => {
    await withOldLedger(prunesWell)
  })

  test('LOG-10 does so on disk, and whoever opens the file later finds it so', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'sallyport-prune-'))
    const path = join(folder, 'ledger.db')
    try {
      await withOldLedger(
        async (ledger) => {
          await prunesWell(ledger)
          const other = await openSqlite({ path, readOnly: true })
          expect(await verifyStore(other, ledger.keyring)).toMatchObject({ ...GOOD, first: 512 })
          await other.close()
        },
        async (clock) => openSqlite({ path, clock }),
      )
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  })

  test('LOG-10 says in the ledger what was dropped, by whom and under which policy', async () => {
    await withOldLedger(async ({ fillAndPrune, clock, events, keyring }) => {
      await fillAndPrune(700)
      const said = (await events()).at(-1)

      expect(said).toMatchObject({
        type: 'ledger.pruned',
        actor: { id: await keyring.pseudonym('audit.actor', 'operator') },
        data: { from: 0, to: 512, size: 703, entryDays: 30, newest: expect.any(Number) },
      })
      expect(Number(said?.data['newest'])).toBeLessThan(clock.now - 30 * DAY)
    })
  })

  test('drops more later, and then also what was said of the first time', async () => {
    await withOldLedger(async ({ audit, fillAndPrune, verify, events }) => {
      expect(await fillAndPrune(700)).toMatchObject({ from: 0, to: 512 })
      expect(await fillAndPrune(600)).toMatchObject({ from: 512, to: 1_280 })
      await audit.settle()

      const pruned = (await events()).filter(({ type }) => type === 'ledger.pruned')
      expect(pruned.map(({ data }) => data['from'])).toEqual([512])
      expect(await verify()).toMatchObject({ ...GOOD, first: 1_280 })
    })
  })

  test('keeps what is not old enough', async () => {
    await withOldLedger(async ({ audit, fill, clock }) => {
      await fill(300)
      clock.now += 29 * DAY
      expect(await audit.prune(BY)).toEqual({ ok: true, from: 0, to: 0 })
      await fill(400)
      clock.now += 2 * DAY
      expect(await audit.prune(BY)).toEqual({ ok: true, from: 0, to: 256 })
    })
  })

  test('keeps what no checkpoint covers, and the newest entry that one does', async () => {
    await withOldLedger(async ({ audit, fill, fillAndPrune, store, clock, signed }) => {
      await fill(512 - 3)
      expect(await signed()).toBe(512)
      clock.now += 31 * DAY
      expect(await audit.prune(BY)).toMatchObject({ to: 256 })
      expect(await fillAndPrune(1, 0)).toMatchObject({ from: 256, to: 512 })
      expect(await store.first()).toBe(512)
    })
  })

  test('LOG-10 keeps what a sink or a witness has not had, also one that has had nothing yet', async () => {
    await withOldLedger(async ({ audit, fill, clock, store }) => {
      await fill(700)
      clock.now += 31 * DAY
      const sink = recordingSink('siem')
      sink.isDown = true
      audit.addSink(sink)
      await expect(audit.settle()).rejects.toThrow('the sink is down')
      expect(await audit.prune(BY)).toEqual({ ok: true, from: 0, to: 0 })

      sink.isDown = false
      await audit.settle()
      await putCursor(store, ['ledger', 'witness', 'slow'], { size: 300 })
      expect(await audit.prune(BY)).toEqual({ ok: true, from: 0, to: 256 })
      expect(sink.taken[0]).toMatchObject({ index: 0 })
    })
  })

  test('keeps everything for a witness that was never reached', async () => {
    const witness = fakeWitness('shop', [formatVerifierKey(LEDGER, Buffer.alloc(32, 9))])
    witness.instead = () => Promise.reject(new Error('nobody there'))
    await withOldLedger(
      async ({ audit, fillAndPrune }) => {
        expect(await fillAndPrune(700)).toEqual({ ok: true, from: 0, to: 0 })
        expect(await audit.prune(BY)).toMatchObject({ to: 0 })
      },
      undefined,
      { witnesses: [witness] },
    )
  })

  test('does not drop the traces of whoever has altered an entry or a tile', async () => {
    await withOldLedger(async ({ audit, fill, clock, tampered }) => {
      await fill(700)
      clock.now += 31 * DAY
      tampered.index = 100
      await expect(audit.prune(BY)).rejects.toEqual(code('ERR_AUDIT_TREE_CORRUPT'))
      tampered.index = undefined
      expect(await audit.prune(BY)).toMatchObject({ to: 512 })
    })
  })

  test('goes by the time that was signed, not by the column beside it', async () => {
    await withOldLedger(async ({ audit, fill, tampered }) => {
      await fill(700)
      tampered.at = 0
      expect(await audit.prune(BY)).toEqual({ ok: true, from: 0, to: 0 })
    })
  })

  test('does not go on where entries are gone that nobody pruned', async () => {
    await withOldLedger(async ({ audit, store, fillAndPrune }) => {
      await fillAndPrune(900)
      await store.commit({ id: 'thief', writes: [{ op: 'drop', below: 768, expect: 768 }], entries: [] })
      await store.commit({ id: 'thief-2', writes: [{ op: 'drop', below: 800, expect: 768 }], entries: [] })
      await expect(audit.prune(BY)).rejects.toEqual(code('ERR_AUDIT_TREE_CORRUPT'))
    })
  })

  test('LOG-10 cuts only where all that is under way fits the statement, and says so when it fits nowhere', async () => {
    await withOldLedger(async ({ audit, fill, clock, store, verify }) => {
      const challenges = Array.from({ length: 9_000 }, (_, at) => `challenge-${String(at).padStart(20, '0')}`)
      const record = async (type: 'challenge.issued' | 'challenge.verified'): Promise<void> => {
        for (let at = 0; at < challenges.length; at += 60) {
          const events = challenges.slice(at, at + 60).map((challenge) => eventOf(type, challenge))
          await audit.commit({ writes: [], events })
        }
        await audit.settle()
      }
      await record('challenge.issued')
      await fill(300)
      clock.now += 31 * DAY
      await record('challenge.verified')

      expect(await audit.prune(BY)).toMatchObject({ ok: true, from: 0 })
      const cut = await store.first()
      expect([cut > 2_000, cut < 9_000]).toEqual([true, true])
      expect(await verify()).toMatchObject(GOOD)
      expect(await audit.prune(BY)).toEqual({ ok: false, code: 'under_way' })

      clock.now += 31 * DAY
      await fill(1)
      expect(await audit.prune(BY)).toMatchObject({ ok: true, from: cut })
      expect(await store.first()).toBeGreaterThan(17_000)
      expect(await verify()).toMatchObject(GOOD)
    })
  })

  test('is refused by a ledger that keeps everything, and by one that was closed', async () => {
    await withAudit(async ({ audit }) => {
      await expect(audit.prune(BY)).rejects.toEqual(code('ERR_AUDIT_INPUT'))
    })
    await withOldLedger(async ({ audit }) => {
      await audit.close()
      await expect(audit.prune(BY)).rejects.toEqual(code('ERR_AUDIT_CLOSED'))
    })
  })

  test('signs, is opened anew and keeps its checkpoint file as before', async () => {
    await withOldLedger(async ({ audit, open, folder, fillAndPrune, fill, verify, store }) => {
      const checkpointFile = join(folder, 'checkpoint')
      await writeFile(checkpointFile, '')
      const other = await open({ checkpointFile })
      await fillAndPrune(700)
      await other.settle()
      await other.close()
      await audit.close()
      await (await open({ checkpointFile })).close()
      await expect(fill(1)).rejects.toEqual(code('ERR_AUDIT_CLOSED'))

      expect(await store.first()).toBe(512)
      expect(await verify()).toMatchObject({ ...GOOD, first: 512 })
    })
  })

  test('a change of the policy is recorded', async () => {
    await withOldLedger(async ({ open, events, store }) => {
      expect(await readSetting(store, 'audit.retention')).toBe('entries=30')
      await open({ retention: { entryDays: 60, personalDays: { authentication: 7 } } })

      const changed = (await events()).findLast(({ type }) => type === 'config.changed')
      const to = 'authentication=7 entries=60'
      expect(changed?.data).toEqual({ setting: 'audit.retention', from: 'entries=30', to })
    })
  })
})

function eventOf(type: 'challenge.issued' | 'challenge.verified', challenge: string): PendingEvent {
  return type === 'challenge.issued'
    ? event(type, { challenge, data: { factor: 'totp', expiresAt: 1 } })
    : event(type, { challenge, data: { factor: 'totp' } })
}

async function prunesWell(ledger: OldLedger): Promise<void> {
  const { audit, store, keyring, fill, clock, verify, events } = ledger
  await fill(700)
  const all = await events()
  const gone = all[0]?.id ?? ''
  const early = await audit.receipt(gone)
  clock.now += 31 * DAY
  expect(await audit.prune(BY)).toEqual({ ok: true, from: 0, to: 512 })

  expect([await store.first(), (await store.read(0, 1))[0]?.index]).toEqual([512, 512])
  expect(await verify()).toMatchObject({ ...GOOD, first: 512, pruned: { entryDays: 30, at: clock.now } })
  await fill(10)
  expect(await verify()).toMatchObject({ ...GOOD, first: 512, lifecycle: { open: 5 } })

  const verifierKeys = (await keyring.publicKeys()).map((key) => formatVerifierKey(LEDGER, key))
  expect(verifyReceipt(early, { verifierKeys })).toMatchObject({ ok: true, index: 0 })
  for (const { id, index } of [all[512], all.at(-1)].flatMap((one) => one ?? [])) {
    expect(verifyReceipt(await audit.receipt(id), { verifierKeys })).toMatchObject({ ok: true, index })
  }
  await expect(audit.receipt(gone)).rejects.toMatchObject({
    code: 'ERR_AUDIT_NOT_FOUND',
    message: expect.stringContaining('pruned'),
  })
}

async function putCursor(store: Store, key: readonly string[], value: { readonly size: number }): Promise<void> {
  await store.commit({ id: key.join('-'), writes: [{ op: 'put', key, value, expect: null }], entries: [] })
}
