import { createMemoryStore, type Commit, type Store } from '@sallyport/store'
import { formatVerifierKey, parseCheckpoint } from '@sallyport/tlog/note'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { LEDGER, withBench, type Bench } from '../../../test/bench.ts'
import { tamper } from '../../../test/ledger.ts'
import type { Audit } from '../audit-contract.ts'
import { splitNote } from '../receipts/note-parts.ts'
import { abandonedKey } from './rollback.ts'
import { CHECKPOINT_PREFIX } from './tree-store.ts'
import type { LedgerEvent } from '../events/types.ts'
import { parseEntry } from '../events/parse-entry.ts'
import { verifyLedger, type Verification, type VerifyOptions } from '../verifying/verify.ts'

const code = (value: string): unknown => expect.objectContaining({ code: value })

describe('an older copy of a ledger', () => {
  test('LOG-08 is refused while nobody says that it was put in place on purpose, and nothing is written', async () => {
    await withRestored(async ({ open, restored, file }) => {
      const before = await contentOf(restored)

      await expect(open({ store: restored, checkpointFile: file })).rejects.toEqual(code('ERR_AUDIT_ROLLED_BACK'))
      expect(await contentOf(restored)).toEqual(before)
    })
  })

  test('goes on when its operator accepts the loss, and says for ever which checkpoint was given up', async () => {
    await withRestored(async ({ open, restored, file, lost, verify }) => {
      const from = await restored.size()
      await (await open({ store: restored, checkpointFile: file, acceptRollback: lost })).close()
      await (await open({ store: restored, checkpointFile: file })).close()

      const { size, root } = parseCheckpoint(splitNote(lost).text)
      expect(restoredIn(await eventsOf(restored))).toEqual([{ size, root: Buffer.from(root).toString('base64'), from }])
      expect(await recordsOf(restored)).toHaveLength(1)
      expect(parseCheckpoint(splitNote(await readFile(file, 'utf8')).text).size).toBe(await restored.size())
      expect(await verify()).toMatchObject({ verdict: 'good', problems: [] })
    })
  })

  test('is never good to whoever verifies it with the lost checkpoint', async () => {
    await withRestored(async ({ open, restored, file, lost, verify }) => {
      expect(await verify({ knownCheckpoints: [lost] })).toMatchObject({ verdict: 'incomplete' })
      await (await open({ store: restored, checkpointFile: file, acceptRollback: lost })).close()

      expect(await verify({ knownCheckpoints: [lost] })).toMatchObject({
        verdict: 'incomplete',
        problems: [{ kind: 'checkpoint_abandoned', index: parseCheckpoint(splitNote(lost).text).size }],
      })
      expect(await verify({ knownCheckpoints: [lost], quick: true })).not.toMatchObject({ verdict: 'good' })
    })
  })

  test('is not excused by a record and an entry that whoever can write to the store has put there', async () => {
    await withRestored(async ({ restored, lost, verify }) => {
      const { size, root } = parseCheckpoint(splitNote(lost).text)
      const before = await verify({ knownCheckpoints: [lost] })
      const statement = `sallyport ledger abandoned v1\n${LEDGER}\n${size}\n${Buffer.from(root).toString('base64')}\n3\n\n`
      const value = { note: lost, statement: `${statement}${splitNote(lost).signatures}` }
      const planted = { op: 'put', key: abandonedKey({ size, root }), value, expect: null } as const
      await restored.commit({ id: 'planted', writes: [planted], entries: [] })

      const found = await verify({ knownCheckpoints: [lost] })
      expect(found.verdict).toBe(before.verdict)
      expect(found.problems.map(({ kind }) => kind)).not.toContain('checkpoint_abandoned')
    })
  })

  test('does not forget that a checkpoint was given up when only the record is removed', async () => {
    await withRestored(async ({ open, restored, file, lost, verify }) => {
      await (await open({ store: restored, checkpointFile: file, acceptRollback: lost })).close()
      const without = await tamper(restored, { record: (key, value) => (key[1] === 'abandoned' ? undefined : value) })

      expect((await verify({ store: without, knownCheckpoints: [lost] })).verdict).not.toBe('good')
    })
  })

  test('is recorded once, although 50 processes accept the loss at the same time', async () => {
    await withRestored(async ({ open, restored, file, lost, verify }) => {
      const options = { store: restored, checkpointFile: file, acceptRollback: lost, pollMs: 1_000 }
      const opened = await Promise.allSettled(Array.from({ length: 50 }, async () => open(options)))
      await Promise.all(opened.map(async (one) => one.status === 'fulfilled' && one.value.close()))

      expect(opened.map(({ status }) => status)).toContain('fulfilled')
      expect(restoredIn(await eventsOf(restored))).toHaveLength(1)
      expect(await verify()).toMatchObject({ verdict: 'good', problems: [] })
      await (await open({ store: restored, checkpointFile: file })).close()
    })
  })

  test('is opened at the second try when the process was killed after the commit and before the file was written', async () => {
    await withRestored(async ({ open, restored, file, lost, verify }) => {
      const killed: Store = {
        ...restored,
        commit: async (commit) => {
          const committed = await restored.commit(commit)
          if (commit.writes.some((write) => write.op === 'put' && write.key[1] === 'abandoned'))
            throw new Error('killed')
          return committed
        },
      }
      await expect(open({ store: killed, checkpointFile: file, acceptRollback: lost })).rejects.toThrow('killed')
      expect(await readFile(file, 'utf8')).toBe(lost)
      await expect(open({ store: restored, checkpointFile: file })).rejects.toEqual(code('ERR_AUDIT_ROLLED_BACK'))
      await (await open({ store: restored, checkpointFile: file, acceptRollback: lost })).close()

      expect(restoredIn(await eventsOf(restored))).toHaveLength(1)
      expect(await verify()).toMatchObject({ verdict: 'good', problems: [] })
      expect(await verify({ knownCheckpoints: [lost] })).toMatchObject({ verdict: 'incomplete' })
    })
  })

  test('is not opened by accepting the loss of another checkpoint than the one in the file', async () => {
    await withRestored(async ({ open, restored, original, file, lost }) => {
      const older = (await notesOf(original)).at(-2) ?? ''
      const accepting = open({ store: restored, checkpointFile: file, acceptRollback: older })

      await expect(accepting).rejects.toEqual(code('ERR_AUDIT_ROLLED_BACK'))
      expect(await readFile(file, 'utf8')).toBe(lost)
    })
  })

  test.each<readonly [string, (lost: string) => string]>([
    ['nothing', () => ''],
    ['a path', () => '/var/lib/bank/sallyport.db.checkpoint'],
    ['a forged checkpoint', (lost) => lost.replace(/\n(\d+)\n/, '\n99999\n')],
  ])('is not opened by %s in the place of the checkpoint, and nothing is written', async (_what, note) => {
    await withRestored(async ({ open, restored, file, lost }) => {
      const before = await contentOf(restored)
      const accepting = open({ store: restored, checkpointFile: file, acceptRollback: note(lost) })

      await expect(accepting).rejects.toEqual(code('ERR_AUDIT_INPUT'))
      expect(await contentOf(restored)).toEqual(before)
      expect(await readFile(file, 'utf8')).toBe(lost)
    })
  })

  test('goes on without a second place, too, once its loss is accepted', async () => {
    await withRestored(async ({ open, restored, lost, verify }) => {
      await (await open({ store: restored, checkpointFile: false, acceptRollback: lost })).close()

      expect(restoredIn(await eventsOf(restored))).toHaveLength(1)
      expect(await verify({ knownCheckpoints: [lost] })).toMatchObject({ verdict: 'incomplete' })
    })
  })
})

describe('an accepted loss that stays in the configuration', () => {
  test('does nothing on a ledger that holds that checkpoint', async () => {
    await withRestored(async ({ open, original, file, lost }) => {
      await (await open({ store: original, checkpointFile: file, acceptRollback: lost })).close()

      expect(restoredIn(await eventsOf(original))).toEqual([])
      expect(await recordsOf(original)).toEqual([])
    })
  })

  test('does nothing at the next starts', async () => {
    await withRestored(async ({ open, restored, file, lost, verify }) => {
      const options = { store: restored, checkpointFile: file, acceptRollback: lost }
      for (let start = 0; start < 12; start++) await (await open(options)).close()

      expect(restoredIn(await eventsOf(restored))).toHaveLength(1)
      expect(await verify()).toMatchObject({ verdict: 'good', problems: [] })
    })
  })

  test('does not excuse another rollback', async () => {
    await withRestored(async ({ open, restored, copy, file, lost }) => {
      await (await open({ store: restored, checkpointFile: file, acceptRollback: lost })).close()
      const again = await copy()

      const accepting = open({ store: again, checkpointFile: file, acceptRollback: lost })
      await expect(accepting).rejects.toEqual(code('ERR_AUDIT_ROLLED_BACK'))
    })
  })
})

describe('a forked copy of a ledger', () => {
  test('is refused with the file of the original, and its loss can be accepted like that of an older copy', async () => {
    await withRestored(async ({ open, restored, file, lost, verify }) => {
      const fork = await open({ store: restored, checkpointFile: false })
      for (let turn = 0; turn < 30; turn++) await fork.emit('access.allowed', { data: { requirement: 'r' } })
      await fork.close()

      await expect(open({ store: restored, checkpointFile: file })).rejects.toEqual(code('ERR_AUDIT_ROLLED_BACK'))
      expect(await verify({ knownCheckpoints: [lost] })).toMatchObject({ verdict: 'diverged' })
      await (await open({ store: restored, checkpointFile: file, acceptRollback: lost })).close()

      expect(await verify()).toMatchObject({ verdict: 'good', problems: [] })
      expect(await verify({ knownCheckpoints: [lost] })).toMatchObject({
        verdict: 'incomplete',
        problems: [{ kind: 'checkpoint_abandoned' }],
      })
    })
  })
})

describe('a store that was wiped', () => {
  test('is refused while the file of the ledger is there, and can be begun anew by accepting the loss', async () => {
    await withRestored(async ({ open, file, lost, verify }) => {
      const empty = createMemoryStore()
      await expect(open({ store: empty, checkpointFile: file })).rejects.toEqual(code('ERR_AUDIT_ROLLED_BACK'))
      expect(await contentOf(empty)).toEqual([[], []])
      await (await open({ store: empty, checkpointFile: file, acceptRollback: lost })).close()

      expect(restoredIn(await eventsOf(empty))).toMatchObject([{ from: 0 }])
      expect(await verify({ store: empty })).toMatchObject({ verdict: 'good', problems: [] })
      expect(await verify({ store: empty, knownCheckpoints: [lost] })).toMatchObject({ verdict: 'incomplete' })
    })
  })
})

describe('a store that was wiped, whose loss is accepted by a process that is killed', () => {
  test('leaves the lost checkpoint in the file until the ledger has named it', async () => {
    await withRestored(async ({ open, file, lost, verify }) => {
      const empty = createMemoryStore()
      const killed: Store = {
        ...empty,
        commit: async (commit) => {
          if (commit.writes.some((write) => write.op === 'put' && write.key[1] === 'abandoned'))
            throw new Error('killed')
          return await empty.commit(commit)
        },
      }
      const accepting = open({ store: killed, checkpointFile: file, acceptRollback: lost })
      await expect(accepting).rejects.toThrow('killed')

      expect(await readFile(file, 'utf8')).toBe(lost)
      await expect(open({ store: empty, checkpointFile: file })).rejects.toEqual(code('ERR_AUDIT_ROLLED_BACK'))
      await (await open({ store: empty, checkpointFile: file, acceptRollback: lost })).close()
      expect(restoredIn(await eventsOf(empty))).toHaveLength(1)
      expect(await verify({ store: empty })).toMatchObject({ verdict: 'good', problems: [] })
    })
  })
})

describe('the checkpoint file of a store that is a file', () => {
  test('stands beside it if nothing else is said, and there is none when it is switched off', async () => {
    await withBench(async ({ open, folder, store }) => {
      const path = join(folder, 'ledger.db')
      await (await open({ store: { ...store, file: path }, checkpointFile: false })).close()
      await expect(readFile(`${path}.checkpoint`)).rejects.toEqual(code('ENOENT'))
      await writeFile(`${path}.checkpoint`, '')
      await (await open({ store: { ...store, file: path } })).close()

      expect(parseCheckpoint(splitNote(await readFile(`${path}.checkpoint`, 'utf8')).text).size).toBe(
        await store.size(),
      )
    })
  })
})

interface Restored extends Omit<Bench, 'verify'> {
  /** The ledger as it went on, and as it was on the first evening. */
  readonly original: Store
  readonly restored: Store
  /** Makes another copy of the first evening. */
  readonly copy: () => Promise<Store>
  /** The checkpoint file of the original, and what it holds. */
  readonly file: string
  readonly lost: string
  /** Verifies the restored ledger. */
  readonly verify: (options?: Partial<VerifyOptions>) => Promise<Verification>
}

/** A ledger that went on for two more days after a copy of it had been made. */
async function withRestored(use: (bench: Restored) => Promise<void>): Promise<void> {
  await withBench(async (bench) => {
    const { open, folder, keyring } = bench
    const file = join(folder, 'checkpoint')
    const copying = copyingStore()
    const day = async (): Promise<void> => {
      const audit = await open({ store: copying.store, checkpointFile: file })
      await denyAndSettle(audit)
      await audit.close()
    }
    await day()
    const evening = copying.count()
    await day()
    await day()
    const copy = async (): Promise<Store> => await copying.copy(evening)
    const restored = await copy()
    const lost = await readFile(file, 'utf8')
    const verifierKeys = (await keyring.publicKeys()).map((key) => formatVerifierKey(LEDGER, key))
    const verify: Restored['verify'] = async (options) =>
      await verifyLedger({ store: restored, verifierKeys, ...options })
    await use({ ...bench, original: copying.store, restored, copy, file, lost, verify })
  })
}

/** A store whose first commits can be repeated in another one. */
function copyingStore(): {
  readonly store: Store
  readonly count: () => number
  readonly copy: (count: number) => Promise<Store>
} {
  const inner = createMemoryStore()
  const commits: Commit[] = []
  const commit: Store['commit'] = async (one) => {
    commits.push(one)
    return await inner.commit(one)
  }
  const copy = async (count: number): Promise<Store> => {
    const other = createMemoryStore()
    for (const one of commits.slice(0, count)) await other.commit(one)
    return other
  }
  return { store: { ...inner, commit }, count: () => commits.length, copy }
}

async function denyAndSettle(audit: Audit): Promise<void> {
  await audit.emit('access.denied', { data: { requirement: 'r' } })
  await audit.settle()
}

async function eventsOf(store: Store): Promise<readonly LedgerEvent[]> {
  return (await store.read(0, 4_096)).map(parseEntry)
}

function restoredIn(events: readonly LedgerEvent[]): readonly unknown[] {
  return events.flatMap(({ data }) => (data['restored'] === undefined ? [] : [data['restored']]))
}

async function recordsOf(store: Store): ReturnType<Store['list']> {
  return await store.list(['ledger', 'abandoned'], { limit: 10 })
}

async function notesOf(store: Store): Promise<readonly string[]> {
  const records = await store.list(CHECKPOINT_PREFIX, { limit: 1_000 })
  return records.map(({ value }) => JSON.parse(JSON.stringify(value)).note)
}

async function contentOf(store: Store): Promise<unknown> {
  return [await store.list([], { limit: 1_000 }), await store.read(0, 4_096)]
}
