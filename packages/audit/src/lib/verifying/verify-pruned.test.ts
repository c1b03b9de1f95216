import type { Json, StoredEntry } from '@sallyport/store'
import { formatVerifierKey } from '@sallyport/tlog/note'
import { describe, expect, test } from 'vitest'
import { LEDGER } from '../../../test/bench.ts'
import { flipByte, tamper, testKeyring, type Tampering } from '../../../test/ledger.ts'
import { BY, DAY, withOldLedger, type OldLedger } from '../../../test/old-ledger.ts'
import {
  onPruned,
  onTile,
  putRecord,
  sayPruned,
  signCheckpoint,
  signPruning,
  smuggle,
  statementOf,
} from '../../../test/pruning-thief.ts'
import { parseEntry } from '../events/parse-entry.ts'
import type { AuditEvent } from '../events/types.ts'
import { PRUNED_KEY } from '../retention/pruned-note.ts'
import { verifyLedger, type Verification, type VerifyOptions } from './verify.ts'

describe('verifyLedger finds whoever', () => {
  test('LOG-10 takes entries away and lets the log begin behind them', async () => {
    await withOldLedger(async (ledger) => {
      await ledger.fill(600)
      const cut = await judge(ledger, { entries: (all) => all.slice(256), first: 256 })

      expect([cut.verdict, cut.first]).toEqual(['incomplete', 256])
      expect(cut.problems).toContainEqual(
        expect.objectContaining({ kind: 'pruned_unproved', index: 0, innocent: expect.any(String) }),
      )
    })
  })

  test('LOG-10 takes more away than was pruned', async () => {
    await withPruned(async (ledger) => {
      const further = await judge(ledger, { entries: (all) => all.slice(100), first: 612 })
      expect(further.verdict).toBe('incomplete')
      expect(further.problems).toContainEqual(expect.objectContaining({ kind: 'pruned_unproved', index: 512 }))

      const gap = await judge(ledger, { entries: (all) => all.slice(100) })
      expect([gap.verdict, gap.problems[0]?.kind]).toEqual(['incomplete', 'index_gap'])
    })
  })

  test('takes away without being found by what entries say, as nobody reads that', async () => {
    await withPruned(async (ledger) => {
      expect(await judge(ledger, {}, { quick: true })).toMatchObject({ verdict: 'good', first: 512 })
      const further = await judge(ledger, { entries: (all) => all.slice(100), first: 612 }, { quick: true })
      expect([further.verdict, kindsOf(further)]).toEqual(['incomplete', ['pruned_unproved']])
    })
  })

  test('LOG-10 says at the end of the log that what they took was pruned, before and after it is signed', async () => {
    await withOldLedger(async (ledger) => {
      const { fill, store, audit } = ledger
      await fill(600)
      await smuggle(store, await sayPruned(store, { from: 0, to: 512 }), { below: 512, expect: 0 })
      const early = await judge(ledger)
      await audit.settle()
      const late = await judge(ledger)

      expect([early.verdict, late.verdict]).toEqual(['incomplete', 'incomplete'])
      expect([kindsOf(early), kindsOf(late)]).toEqual([
        expect.arrayContaining(['pruned_unproved']),
        expect.arrayContaining(['pruned_unproved']),
      ])
    })
  })

  test('signs a statement with another key', async () => {
    await withOldLedger(async (ledger) => {
      const { fill, store, audit } = ledger
      await fill(600)
      const said = await sayPruned(store, { from: 0, to: 512 })
      await smuggle(store, said, { below: 512, expect: 0 })
      const { size = 0, root = '' } = said.data as { size?: number; root?: string }
      const carry = { challenges: [], writers: [] }
      const pruning = { origin: LEDGER, to: 512, size, root, event: said.id, entryDays: 30, carry }
      await putRecord(store, PRUNED_KEY, await signPruning(testKeyring(9), pruning))
      await audit.settle()

      expect(kindsOf(await judge(ledger))).toContain('pruned_unproved')
    })
  })

  test('alters the statement, takes it away or puts an older one back', async () => {
    await withOldLedger(async (ledger) => {
      const { audit, fillAndPrune, store } = ledger
      await fillAndPrune(700)
      const [older] = await store.get([PRUNED_KEY])
      await fillAndPrune(600)
      await audit.settle()
      const { note } = await statementOf(store)
      const lines = note.split('\n')
      for (const [at, line] of lines.slice(0, 8).entries()) {
        const changed = line.endsWith('5') ? `${line.slice(0, -1)}6` : `${line.slice(0, -1)}5`
        const found = await judge(
          ledger,
          onPruned(() => ({ note: lines.with(at, changed).join('\n') })),
        )
        expect([found.verdict, kindsOf(found)]).toEqual(['incomplete', expect.arrayContaining(['pruned_unproved'])])
      }
      const gone = await judge(
        ledger,
        onPruned(() => undefined),
      )
      expect([gone.verdict, kindsOf(gone)]).toEqual(['incomplete', expect.arrayContaining(['pruned_unproved'])])
      const back = await judge(
        ledger,
        onPruned(() => older?.value),
      )
      expect(back.problems).toContainEqual(expect.objectContaining({ kind: 'pruned_unproved', index: 512 }))
    })
  })

  test('lets the log begin at 0 again, with or without what was there', async () => {
    await withOldLedger(async (ledger) => {
      const { fill, store, clock, audit } = ledger
      await fill(700)
      const all = await store.read(0, 4_096)
      clock.now += 31 * DAY
      await audit.prune(BY)
      await audit.settle()

      const empty = await judge(ledger, { first: 0 })
      expect([empty.verdict, kindsOf(empty)]).toEqual([
        'corrupt',
        expect.arrayContaining(['index_gap', 'pruned_differs']),
      ])
      const full = await judge(ledger, { first: 0, entries: (rest) => [...all.slice(0, 512), ...rest] })
      expect([full.verdict, kindsOf(full)]).toEqual(['corrupt', ['pruned_differs']])
    })
  })

  test('alters what an entry says of the pruning', async () => {
    await withPruned(async (ledger) => {
      const found = await judge(ledger, { entries: (all) => all.map(onPrunedEntry((entry) => flipByte(entry, 90))) })
      expect([found.verdict, kindsOf(found)]).toEqual(['corrupt', expect.arrayContaining(['entry_altered'])])
    })
  })

  test('takes away the entry that says it, before it is signed', async () => {
    await withOldLedger(async (ledger) => {
      await ledger.fillAndPrune(700)
      const found = await judge(ledger, { entries: (all) => all.slice(0, -1) })
      expect([found.verdict, kindsOf(found)]).toEqual(['incomplete', ['pruned_unsaid']])
    })
  })

  test('has the entry say something else than the statement and the tree', async () => {
    for (const changes of [{ digest: 'A'.repeat(43) + '=' }, { root: 'x' }, { to: 768 }, { from: -256 }, { size: 2 }]) {
      await withOldLedger(async (ledger) => {
        const { audit, store, fillAndPrune } = ledger
        await fillAndPrune(700)
        await audit.settle()
        await smuggle(store, await sayPruned(store, { from: 512, to: 768 }, { to: 512, from: 0, ...changes }))
        const found = await judge(ledger)
        expect([found.verdict, kindsOf(found)]).toEqual(['corrupt', ['pruned_differs']])
      })
    }
  })

  test('takes away or alters a tile of what was pruned', async () => {
    await withPruned(async (ledger) => {
      const gone = await judge(
        ledger,
        onTile(0, 1, () => undefined),
      )
      expect([gone.verdict, kindsOf(gone)]).toEqual(['corrupt', expect.arrayContaining(['tile_missing'])])
      const altered = await judge(ledger, onTile(0, 1, flipHash))
      expect(['corrupt', 'diverged']).toContain(altered.verdict)
      expect(await judge(ledger, onTile(0, 1, flipHash), { quick: true })).not.toMatchObject({ verdict: 'good' })
    })
  })
})

describe('verifyLedger of a ledger that was pruned', () => {
  test('excuses nothing that did not begin in what was pruned', async () => {
    await withOldLedger(async (ledger) => {
      const { audit, store, fillAndPrune } = ledger
      await fillAndPrune(700)
      const { writer } = parseEntry((await store.read(512, 1))[0] ?? missing())
      await audit.settle()
      const template = await sayPruned(store, { from: 0, to: 256 })
      const { challenge: _, ...base }: AuditEvent = {
        ...template,
        type: 'challenge.verified',
        data: { factor: 'totp' },
      }
      // A number of the pruned part, in the name of a process that is under way; and an end of what never began.
      await smuggle(store, { ...base, challenge: 'c-nobody', writer: { ...writer, seq: 100 } })
      const found = await judge(ledger)

      expect(kindsOf(found).toSorted()).toEqual(['challenge_not_issued', 'writer_repeated'])
    })
  })

  test('still finds what is missing of a process that was under way', async () => {
    await withPruned(async (ledger) => {
      const { audit } = ledger
      await audit.commit({ writes: [], events: [] })
      await audit.close()
      const all = await ledger.store.read(512, 4_096)
      const last = all.at(-1)
      const found = await judge(ledger, {
        entries: (log) => [...log.slice(0, -2), ...(last === undefined ? [] : [{ ...last, index: last.index - 1 }])],
      })
      expect(kindsOf(found)).toContain('writer_gap')
    })
  })

  test('still tells of a checkpoint that was given up, when the entry that says so was pruned', async () => {
    await withOldLedger(async (ledger) => {
      const { open, keyring, fillAndPrune, audit } = ledger
      const lost = await signCheckpoint(keyring, { origin: LEDGER, size: 5_000, root: Buffer.alloc(32, 5) })
      await (await open({ acceptRollback: lost, checkpointFile: false })).close()
      expect(await fillAndPrune(700)).toMatchObject({ ok: true, to: 512 })
      await audit.settle()
      const found = await judge(ledger, {}, { knownCheckpoints: [lost] })
      expect([found.verdict, kindsOf(found)]).toEqual(['incomplete', ['checkpoint_abandoned']])
    })
  })

  test('is good while the pruning is not signed yet, and takes a statement without keys as it is', async () => {
    await withOldLedger(async (ledger) => {
      await ledger.fillAndPrune(700)
      expect(await judge(ledger)).toMatchObject({ verdict: 'good', problems: [], first: 512 })
      const found = await verifyLedger({ store: ledger.store, verifierKeys: [] })
      expect([found.verdict, kindsOf(found)]).toEqual(['unverifiable', ['no_keys']])
    })
  })
})

async function withPruned(use: (ledger: OldLedger) => Promise<void>): Promise<void> {
  await withOldLedger(async (ledger) => {
    await ledger.fillAndPrune(700)
    await ledger.audit.settle()
    expect(await judge(ledger)).toMatchObject({ verdict: 'good', first: 512 })
    await use(ledger)
  })
}

async function judge(
  { store, keyring }: OldLedger,
  tampering: Tampering = {},
  options: Partial<VerifyOptions> = {},
): Promise<Verification> {
  const verifierKeys = (await keyring.publicKeys()).map((key) => formatVerifierKey(LEDGER, key))
  return await verifyLedger({ store: await tamper(store, tampering), verifierKeys, ...options })
}

function kindsOf({ problems }: Verification): readonly string[] {
  return [...new Set(problems.map(({ kind }) => kind))]
}

function onPrunedEntry(change: (entry: StoredEntry) => StoredEntry): (entry: StoredEntry) => StoredEntry {
  return (entry) => (entry.tags.type === 'ledger.pruned' ? change(entry) : entry)
}

function flipHash(value: Json): Json {
  const { hashes = '' } = value as { hashes?: string }
  return { width: 256, hashes: `${hashes.startsWith('A') ? 'B' : 'A'}${hashes.slice(1)}` }
}

function missing(): never {
  throw new Error('there is no entry')
}
