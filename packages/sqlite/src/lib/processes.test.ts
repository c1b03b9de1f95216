import { spawn } from 'node:child_process'
import type { ChildProcessWithoutNullStreams } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { Store, StoredEntry } from '@sallyport/store'
import { describe, expect, test } from 'vitest'
import { openSqlite } from './open-sqlite.ts'

const KILLS = 60
const SEED = 20_261_120

// What every child does first: open the store, say so, and wait for a line before it goes on.
const PRELUDE = `
  import { writeSync } from 'node:fs'
  import { createInterface } from 'node:readline'
  import { openSqlite } from ${JSON.stringify(new URL('./open-sqlite.ts', import.meta.url).href)}
  const [path, name] = process.argv.slice(2)
  const store = await openSqlite({ path })
  const say = (text) => writeSync(1, text + '\\n')
  const entryOf = (id) => ({ id, at: Date.now(), bytes: Buffer.from(id), tags: { type: 't', actor: name } })
  const started = new Promise((resolve) => createInterface(process.stdin).once('line', resolve))
  say('ready')
  await started
`

// 25 tries to use one record up, all at once; says how many succeeded.
const CONSUMER = `${PRELUDE}
  const outcomes = await Promise.all(Array.from({ length: 25 }, (_, turn) => store.commit({
    id: name + turn,
    writes: [{ op: 'remove', key: ['grant'], expect: 'issue' }],
    entries: [entryOf('used by ' + name + turn)],
  })))
  say(String(outcomes.filter((outcome) => outcome.ok).length))
  await store.close()
  process.exit(0)
`

// 25 callers with ten commits of two entries each; says each commit's place.
const WRITER = `${PRELUDE}
  await Promise.all(Array.from({ length: 25 }, async (_, caller) => {
    for (let turn = 0; turn < 10; turn++) {
      const id = [name, caller, turn].join('.')
      const outcome = await store.commit({
        id,
        writes: [{ op: 'add', key: ['count'], by: 1, max: 1_000, expiresAt: 9e15 }],
        entries: [entryOf(id + '/a'), entryOf(id + '/b')],
      })
      say(outcome.firstIndex + ' ' + outcome.counts[0] + ' ' + id)
    }
  }))
  await store.close()
  process.exit(0)
`

// 16 callers that commit a record and two entries each, without end; says the id of each commit that is on disk.
const VICTIM = `${PRELUDE}
  for (let caller = 0; caller < 16; caller++) {
    void (async () => {
      for (let turn = 0; ; turn++) {
        const id = [name, String(turn).padStart(6, '0'), caller].join('.')
        const count = { op: 'add', key: ['count'], by: 1, max: 1e9, expiresAt: 9e15 }
        const record = { op: 'put', key: ['done', id], value: turn, expect: null }
        const outcome = await store.commit({ id, writes: [record, count], entries: [entryOf(id + '/a'), entryOf(id + '/b')] })
        if (outcome.ok) say(id)
      }
    })()
  }
`

// Appends, and drops all but the last entries again and again, each time with a record and an entry that say so.
const PRUNER = `${PRELUDE}
  for (let turn = 0; ; turn++) {
    const id = name + '.' + turn
    const entries = Array.from({ length: 40 }, (_, place) => entryOf(id + '/' + place))
    await store.commit({ id, writes: [], entries })
    const [found] = await store.get([['begin']])
    const [expect, below] = [await store.first(), await store.size() - 20]
    await store.commit({
      id: id + '/drop',
      writes: [
        { op: 'put', key: ['begin'], value: below, expect: found?.version ?? null },
        { op: 'drop', below, expect },
      ],
      entries: [entryOf('dropped below ' + below)],
    })
    say(String(below))
  }
`

async function inFolder(run: (path: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-sqlite-'))
  try {
    await run(join(folder, 'store.db'))
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function start(program: string, path: string, name: string): ChildProcessWithoutNullStreams {
  const quiet = ['--experimental-strip-types', '--disable-warning=ExperimentalWarning']
  const child = spawn(process.execPath, [...quiet, '--input-type=module', '--eval', program, '--', 'child', path, name])
  child.stdin.on('error', () => undefined)
  child.stderr.pipe(process.stderr)
  return child
}

/** Has two children run a program at the same moment, and returns the lines that each said. */
async function runTogether(program: string, path: string): Promise<string[][]> {
  const children = ['one', 'two'].map((name) => start(program, path, name))
  const said = children.map((child) => linesOf(child))
  await Promise.all(children.map(async (child) => once(child.stdout, 'data')))
  for (const child of children) child.stdin.write('go\n')
  return (await Promise.all(said)).map((lines) => lines.slice(1))
}

/** The whole lines that a child says until it ends. */
async function linesOf(child: ChildProcessWithoutNullStreams): Promise<string[]> {
  const chunks: string[] = []
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => chunks.push(chunk))
  await once(child, 'close')
  return chunks.join('').split('\n').slice(0, -1)
}

/** Starts a program, kills it a moment after it has begun its work, and returns the lines that it said until then. */
async function killAtWork(path: string, name: string): Promise<string[]> {
  const child = start(PRUNER, path, name)
  const said = linesOf(child)
  child.stdin.write('go\n')
  await Promise.race([once(child.stdout, 'data'), said])
  await pause(60)
  child.kill('SIGKILL')
  return (await said).slice(1)
}

async function readLog(store: Store, from = 0): Promise<StoredEntry[]> {
  const log: StoredEntry[] = []
  for (;;) {
    const page = await store.read(from + log.length, 4_096)
    log.push(...page)
    if (page.length < 4_096) return log
  }
}

async function listDone(store: Store, after: string | undefined): Promise<string[]> {
  const ids: string[] = []
  for (let last = after; ; last = ids.at(-1)) {
    const page = await store.list(['done'], { after: last === undefined ? undefined : ['done', last], limit: 1_000 })
    ids.push(...page.map((record) => record.key[1] ?? ''))
    if (page.length < 1_000) return ids
  }
}

/** Pseudo-random numbers from 0 to 1, the same ones at every run. */
function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

describe('openSqlite in several processes', () => {
  test('F-09 lets exactly one of 50 parallel consumers in two processes use a record up', () =>
    inFolder(async (path) => {
      const store = await openSqlite({ path })
      await store.commit({ id: 'issue', writes: [{ op: 'put', key: ['grant'], value: 1, expect: null }], entries: [] })

      const winners = (await runTogether(CONSUMER, path)).flat()

      expect(winners.map(Number).reduce((sum, count) => sum + count)).toBe(1)
      expect(await store.size()).toBe(1)
      expect(await store.get([['grant']])).toEqual([undefined])
      await store.close()
    }))

  test('gives the entries of two processes contiguous indexes and every count once', () =>
    inFolder(async (path) => {
      const said = (await runTogether(WRITER, path)).flat().map((line) => line.split(' '))

      const store = await openSqlite({ path })
      const log = await readLog(store)
      const placed = said.map(([first, , id]) => [log[Number(first)]?.id, log[Number(first) + 1]?.id, id])
      expect(log.map((entry) => entry.index)).toEqual(Array.from({ length: 1_000 }, (_, index) => index))
      expect(placed).toEqual(said.map(([, , id]) => [`${id}/a`, `${id}/b`, id]))
      expect(new Set(said.map(([, count]) => Number(count)))).toEqual(
        new Set(Array.from({ length: 500 }, (_, n) => n + 1)),
      )
      expect(await store.find({ tags: { actor: 'two' } }, { limit: 1_000 })).toHaveLength(500)
      await store.close()
    }))

  test(
    'drops a range with its record and its entry or not at all when its process is killed',
    { timeout: 30_000 },
    () =>
      inFolder(async (path) => {
        let least = 0
        for (const name of ['a', 'b', 'c', 'd', 'e', 'f']) {
          least = Math.max(least, ...(await killAtWork(path, name)).map(Number))

          const store = await openSqlite({ path })
          const first = await store.first()
          const log = await readLog(store, first)
          const begin = (await store.get([['begin']]))[0]?.value ?? 0
          const found = await store.find({ tags: { type: 't' } }, { limit: 1_000 })
          await store.close()

          expect(first).toBeGreaterThanOrEqual(least)
          expect(first).toBe(begin)
          expect(log.map(({ index }) => index)).toEqual(log.map((_, place) => first + place))
          expect(found).toEqual(log.toReversed())
          expect(log.some(({ id }) => id === `dropped below ${first}`)).toBe(first > 0)
        }
        expect(least).toBeGreaterThan(0)
      }),
  )

  test(
    'keeps everything acknowledged, once and whole, when its process is killed at any instant',
    { timeout: 120_000 },
    () =>
      inFolder(async (path) => {
        const random = randomFrom(SEED)
        const state = { size: 0, commits: 0, last: undefined as string | undefined, acknowledged: 0 }
        for (let kill = 0; kill < KILLS; kill++) {
          const name = String(kill).padStart(3, '0')
          const acknowledged = await killOnce(path, { name, random })

          const store = await openSqlite({ path })
          const log = await readLog(store, state.size)
          const done = await listDone(store, state.last)
          const count = (await store.get([['count']]))[0]?.value ?? 0
          const found = await store.find({ tags: { actor: name } }, { limit: 1_000 })
          await store.close()

          // Nothing acknowledged is lost, nothing is there twice, and a record and its entries are there together.
          const known = new Set(done)
          expect(acknowledged.filter((id) => !known.has(id))).toEqual([])
          expect(log.map((entry) => entry.index)).toEqual(log.map((_, place) => state.size + place))
          const pairs = log.filter((_, place) => place % 2 === 0).map((entry) => entry.id.slice(0, -2))
          expect(log.map((entry) => entry.id)).toEqual(pairs.flatMap((id) => [`${id}/a`, `${id}/b`]))
          expect(pairs.toSorted(compare)).toEqual(done)
          expect(count).toBe(state.commits + done.length)
          expect(found).toEqual(log.toReversed().slice(0, 1_000))

          state.size += log.length
          state.commits += done.length
          state.last = done.at(-1) ?? state.last
          state.acknowledged += acknowledged.length
        }

        expect(state.acknowledged).toBeGreaterThan(KILLS)
      }),
  )
})

/** Starts a victim, kills it at a random instant of its work (at times of its start), and returns what it acknowledged. */
async function killOnce(path: string, run: { name: string; random: () => number }): Promise<string[]> {
  const child = start(VICTIM, path, run.name)
  const said = linesOf(child)
  child.stdin.write('go\n')
  if (run.random() < 0.8) await Promise.race([once(child.stdout, 'data'), said])
  await pause(run.random() * 100)
  child.kill('SIGKILL')
  return (await said).slice(1)
}

function compare(one: string, other: string): number {
  return one < other ? -1 : Number(one > other)
}
