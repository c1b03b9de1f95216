import { spawn, type ChildProcessByStdio } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { createKeyFile, openKeyring } from '@sallyport/keyring'
import { openSqlite } from '@sallyport/sqlite'
import type { Store } from '@sallyport/store'
import { describe, expect, onTestFinished, test } from 'vitest'
import { LEDGER, verify } from '../../test/bench.ts'
import type { Ending } from '../../test/victim.ts'
import { BOOT_PREFIX } from './running/boot-record.ts'
import { openAudit } from './open-audit.ts'
import { parseEntry } from './events/parse-entry.ts'
import type { LedgerEvent } from './events/types.ts'

const PROGRAM = join(import.meta.dirname, '..', '..', 'test', 'victim.ts')
const FLAGS = ['--experimental-strip-types', '--disable-warning=ExperimentalWarning', '--max-old-space-size=64']
const KILLS = 12

describe('a process that ends in disorder', () => {
  test.each<readonly [string, Ending, NodeJS.Signals | undefined]>([
    ['by process.exit', 'exit', undefined],
    ['by an exception that nobody catches', 'throw', undefined],
    ['by a rejection that nobody handles', 'reject', undefined],
    ['because its memory is used up', 'memory', undefined],
    ['by SIGTERM', 'none', 'SIGTERM'],
    ['by SIGKILL', 'none', 'SIGKILL'],
  ])(
    '%s leaves all that was acknowledged, once, and is recorded once',
    { timeout: 60_000 },
    async (_how, ending, signal) => {
      const folder = await newFolder()
      const { acknowledged } = await runToEnd(folder, { writer: 'victim', ending, signal })
      await withLedger(folder, async ({ store, open, check }) => {
        await (await open()).close()

        const events = await eventsOf(store)
        expect(acknowledged.length).toBeGreaterThan(20)
        expect(missingOrDoubled(events, acknowledged)).toEqual([])
        expect(silentIn(events)).toEqual([['victim', bootOf(events, 'victim')]])
        expect(await store.list(BOOT_PREFIX, { limit: 10 })).toEqual([])
        expect(await check()).toMatchObject({
          verdict: 'good',
          problems: [],
          writers: { boots: 2, closed: 1, silent: 1 },
        })
      })
    },
  )

  test('has its records and their events together on disk, or neither', { timeout: 60_000 }, async () => {
    const folder = await newFolder()
    await runToEnd(folder, { writer: 'victim', ending: 'none', signal: 'SIGKILL' })
    await withLedger(folder, async ({ store }) => {
      const records = (await store.list(['done'], { limit: 1_000 })).map(({ key }) => String(key.at(-1)))
      const events = (await eventsOf(store)).filter(({ type }) => type === 'session.started')

      expect(events.map(({ lineage }) => String(lineage)).toSorted()).toEqual(records.toSorted())
    })
  })

  test('at any instant, again and again, is recorded each time and accused never', { timeout: 120_000 }, async () => {
    const folder = await newFolder()
    const all: string[] = []
    const victims = Array.from({ length: KILLS }, (_, turn) => `victim-${turn}`)
    for (const [turn, writer] of victims.entries()) {
      const { acknowledged } = await runToEnd(folder, { writer, ending: 'none', signal: 'SIGKILL', after: turn * 9 })
      all.push(...acknowledged)
    }
    await withLedger(folder, async ({ store, open, check }) => {
      await (await open()).close()

      const events = await eventsOf(store)
      expect(missingOrDoubled(events, all)).toEqual([])
      expect(silentIn(events).map(([writer]) => writer)).toEqual(victims)
      expect(await check()).toMatchObject({ verdict: 'good', problems: [], writers: { silent: KILLS } })
    })
  })

  test('is recorded once, although 50 others open the ledger at the same time', { timeout: 120_000 }, async () => {
    const folder = await newFolder()
    const { acknowledged } = await runToEnd(folder, { writer: 'victim', ending: 'none', signal: 'SIGKILL' })
    await withLedger(folder, async ({ store, open, check }) => {
      const others = await Promise.all(Array.from({ length: 50 }, async () => open()))
      await Promise.all(others.map((audit) => audit.close()))

      const events = await eventsOf(store)
      expect(silentIn(events)).toEqual([['victim', bootOf(events, 'victim')]])
      expect(missingOrDoubled(events, acknowledged)).toEqual([])
      expect(await check()).toMatchObject({ verdict: 'good', problems: [], writers: { closed: 50, silent: 1 } })
    })
  })

  test('is told apart from its siblings that live, on whichever of them it falls', { timeout: 60_000 }, async () => {
    const folder = await newFolder()
    const siblings = [
      start(folder, { writer: 'idle', ending: 'idle' }),
      start(folder, { writer: 'busy', ending: 'none' }),
    ]
    for (const sibling of siblings) await sibling.opened
    const { acknowledged } = await runToEnd(folder, { writer: 'victim', ending: 'none', signal: 'SIGKILL' })
    await withLedger(folder, async ({ store, open, check }) => {
      await (await open()).close()
      await (await open()).close()

      const events = await eventsOf(store)
      expect(silentIn(events).map(([writer]) => writer)).toEqual(['victim'])
      expect(missingOrDoubled(events, acknowledged)).toEqual([])
      expect(await check()).toMatchObject({ verdict: 'good', problems: [], writers: { silent: 1 } })
    })
  })

  test(
    'has lost of what was only counted what was in its memory, and the ledger says that it may',
    { timeout: 60_000 },
    async () => {
      const folder = await newFolder()
      const { acknowledged } = await runToEnd(folder, { writer: 'victim', ending: 'memory' })
      await withLedger(folder, async ({ store, open }) => {
        await (await open()).close()

        const events = await eventsOf(store)
        const counted = events.filter(({ type }) => type === 'oidc.login.started').length
        expect(counted).toBeLessThanOrEqual(acknowledged.length)
        expect(silentIn(events)).toHaveLength(1)
      })
    },
  )
})

describe('a process that ends in good order', () => {
  test('is not recorded as silent, and nothing of it is missing', { timeout: 60_000 }, async () => {
    const folder = await newFolder()
    const { acknowledged } = await runToEnd(folder, { writer: 'web', ending: 'close' })
    await withLedger(folder, async ({ store, open, check }) => {
      await (await open()).close()

      const events = await eventsOf(store)
      expect(missingOrDoubled(events, acknowledged)).toEqual([])
      expect(silentIn(events)).toEqual([])
      expect(await check()).toMatchObject({
        verdict: 'good',
        problems: [],
        writers: { boots: 2, closed: 2, silent: 0, unsettled: 0 },
      })
    })
  })
})

interface Running {
  readonly child: ChildProcessByStdio<null, Readable, null>
  readonly opened: Promise<void>
  /** What it has acknowledged, once it has ended. */
  readonly ended: Promise<readonly string[]>
}

interface Run {
  readonly writer: string
  readonly ending: Ending
  /** By which it is ended when it has done some work. */
  readonly signal?: NodeJS.Signals | undefined
  /** After how many further acknowledged events the signal comes; 60 if not given. */
  readonly after?: number | undefined
}

interface LedgerOnDisk {
  readonly store: Store
  readonly open: () => ReturnType<typeof openAudit>
  readonly check: () => ReturnType<typeof verify>
}

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-processes-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  await createKeyFile(join(folder, 'keys.json'))
  return folder
}

function start(folder: string, { writer, ending, signal, after = 60 }: Run): Running {
  const child = spawn(process.execPath, [...FLAGS, PROGRAM, folder, writer, ending], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const lines: string[] = []
  let isOpen: () => void
  const opened = new Promise<void>((resolve) => {
    isOpen = resolve
  })
  createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(line)
    if (lines.length === 1) isOpen()
    if (signal !== undefined && lines.length === after + 1) child.kill(signal)
  })
  // All output has been read then.
  const ended = once(child, 'close').then(() => lines.slice(1))
  return { child, opened, ended }
}

async function runToEnd(folder: string, run: Run): Promise<{ readonly acknowledged: readonly string[] }> {
  return { acknowledged: await start(folder, run).ended }
}

async function withLedger(folder: string, use: (ledger: LedgerOnDisk) => Promise<void>): Promise<void> {
  const store = await openSqlite({ path: join(folder, 'ledger.db') })
  const subjects = await openSqlite({ path: join(folder, 'subjects.db') })
  const keyring = await openKeyring(join(folder, 'keys.json'))
  const options = { store, subjects, keyring, origin: LEDGER, app: 'bench', writer: 'later' }
  try {
    await use({ store, open: () => openAudit(options), check: () => verify(store, keyring) })
  } finally {
    await Promise.all([store.close(), subjects.close()])
  }
}

async function eventsOf(store: Store): Promise<readonly LedgerEvent[]> {
  const size = await store.size()
  const events: LedgerEvent[] = []
  while (events.length < size) events.push(...(await store.read(events.length, 4_096)).map(parseEntry))
  return events
}

/** The acknowledged events that are not in the ledger exactly once. */
function missingOrDoubled(events: readonly LedgerEvent[], acknowledged: readonly string[]): readonly string[] {
  const counts = new Map<string, number>()
  for (const { lineage = '' } of events) counts.set(lineage, (counts.get(lineage) ?? 0) + 1)
  return acknowledged.filter((lineage) => counts.get(lineage) !== 1)
}

/** Which writers and boots the ledger says to have fallen silent. */
function silentIn(events: readonly LedgerEvent[]): readonly (readonly [string, string])[] {
  return events.flatMap(({ data: { silent } }) => {
    if (typeof silent !== 'object' || silent === null || !('boot' in silent) || !('writer' in silent)) return []
    return [[String(silent.writer), String(silent.boot)] as const]
  })
}

function bootOf(events: readonly LedgerEvent[], writer: string): string {
  return events.find((event) => event.writer.id === writer)?.writer.boot ?? ''
}
