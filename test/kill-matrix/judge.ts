import { cp, mkdir, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { openAudit, type Audit, type LedgerEvent, type Sink } from '@sallyport/audit'
import { verifyLedger, type Verification } from '@sallyport/audit/ledger'
import { openKeyring } from '@sallyport/keyring'
import { openSqlite } from '@sallyport/sqlite'
import type { Store } from '@sallyport/store'
import { judgeExport, judgeRestOfExport } from './judge-export.ts'
import { judgeEvents } from './judge-events.ts'
import { ORIGIN, type Run } from './run-program.ts'
import type { Said } from './said.ts'

// The next process comes when the leases of the one that was killed have lapsed.
const LATER_MS = 60_000

// What the ledger may never be called because of a kill, a full disk or a failing one.
const ACCUSATIONS = [
  'ERR_AUDIT_ROLLED_BACK',
  'ERR_AUDIT_TREE_CORRUPT',
  'ERR_AUDIT_KEYS',
  'ERR_AUDIT_ENTRY',
  'ERR_AUDIT_ENVELOPE',
]

/** What was found before anybody opened the ledger again. */
interface AsLeft {
  readonly found: readonly string[]
  /** So many entries are under a checkpoint in the ledger, and also in the second place. */
  readonly signedSize: number
}

/**
 * Judges what a run has left behind: first as it lies there, then after the next process has opened it.
 *
 * @returns one sentence for each thing that is not as it must be
 */
export async function judgeRun(run: Run): Promise<readonly string[]> {
  const found = [...(run.trouble === '' ? [] : [`The program ${run.trouble}`]), ...accusationsIn(run.said)]
  const left = await judgeAsLeft(run)
  found.push(...left.found, ...(await judgeExport(run)))
  try {
    found.push(...(await judgeAfterRecovery(run, left.signedSize)))
  } catch (error) {
    found.push(`After the run the ledger cannot be used: ${describe(error)}`)
  }
  return found
}

function accusationsIn(said: readonly Said[]): readonly string[] {
  return said
    .filter(({ answer }) => ACCUSATIONS.includes(answer))
    .map(({ step, answer }) => `The program was told ${answer} at ${step}.`)
}

/** Verifies a copy of the files, with the first public key and the checkpoint that were there; with and without `-shm`. */
async function judgeAsLeft({ folder, said }: Run): Promise<AsLeft> {
  const found: string[] = []
  let signedSize = await readKeptSize(folder)
  const files = (await readdir(folder)).filter((name) => name.startsWith('ledger.db'))
  for (const isWhole of [true, false]) {
    const copy = join(folder, isWhole ? 'as-left' : 'as-left-without-shm')
    await mkdir(copy)
    for (const name of files) if (isWhole || !name.endsWith('-shm')) await cp(join(folder, name), join(copy, name))
    const { verdict, signed } = await verdictOf(folder, join(copy, 'ledger.db'))
    signedSize = Math.min(signedSize, signed)
    const wasOpened = said.some(({ step, answer }) => step === 'open' && answer === 'ok')
    if (verdict === 'good' || (verdict === 'unverifiable' && !wasOpened)) continue
    found.push(`As it was left${isWhole ? '' : ', without -shm,'} the ledger is called ${verdict}.`)
  }
  return { found, signedSize }
}

/** The size that the checkpoint in the second place tells. */
async function readKeptSize(folder: string): Promise<number> {
  const note = await readFile(join(folder, 'checkpoint'), 'utf8').catch(() => '')
  return Number(note.split('\n')[1] ?? 0)
}

async function verdictOf(folder: string, path: string): Promise<{ readonly verdict: string; readonly signed: number }> {
  let store: Store
  try {
    store = await openSqlite({ path, readOnly: true })
  } catch {
    // What `sallyport verify` says of a file that it cannot read.
    return { verdict: 'unverifiable', signed: 0 }
  }
  try {
    const { verdict, problems, signedSize: signed } = await verify(folder, store)
    const isAccused = verdict !== 'good' && verdict !== 'unverifiable'
    return { verdict: isAccused ? `${verdict}: ${JSON.stringify(problems[0])}` : verdict, signed }
  } finally {
    await store.close()
  }
}

/** Verifies by the first public key alone: the ledger itself must lead to the others. */
async function verify(folder: string, store: Store): Promise<Verification> {
  const [first = ''] = (await readFile(join(folder, 'log.pub'), 'utf8')).split('\n')
  const checkpoint = await readFile(join(folder, 'checkpoint'), 'utf8').catch(() => '')
  return await verifyLedger({ store, verifierKeys: [first], knownCheckpoints: checkpoint === '' ? [] : [checkpoint] })
}

async function judgeAfterRecovery(run: Run, signedSize: number): Promise<readonly string[]> {
  const { folder } = run
  const store = await openSqlite({ path: join(folder, 'ledger.db'), clock: () => Date.now() + LATER_MS })
  const subjects = await openSqlite({ path: join(folder, 'subjects.db') })
  try {
    const forwarded = new Set(await readSink(folder))
    const audit = await openAgain(folder, store, subjects)
    audit.addSink(sinkInto(forwarded))
    await audit.settle()
    const events = await readAll(store)
    const unreadable = await countUnreadable(audit, events)
    await audit.close()
    const { verdict, problems } = await verify(folder, store)
    return [
      ...(verdict === 'good' ? [] : [`After recovery the ledger is called ${verdict}: ${JSON.stringify(problems[0])}`]),
      ...(unreadable === 0 ? [] : [`${unreadable} sealed events cannot be opened.`]),
      ...missingFrom(forwarded, events),
      ...(await judgeEvents(run, { store, events, signedSize })),
      ...(await judgeRestOfExport(run)),
    ]
  } finally {
    await Promise.all([store.close(), subjects.close()])
  }
}

async function openAgain(folder: string, store: Store, subjects: Store): Promise<Audit> {
  const keyring = await openKeyring(join(folder, 'keys.json'))
  const checkpointFile = join(folder, 'checkpoint')
  return await openAudit({ store, subjects, keyring, origin: ORIGIN, app: 'matrix', writer: 'later', checkpointFile })
}

/** The ids that the sink of the program has written down; a last line that is cut counts for nothing. */
async function readSink(folder: string): Promise<readonly string[]> {
  const text = await readFile(join(folder, 'sink.log'), 'utf8').catch(() => '')
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => line.slice(0, line.indexOf(' ')))
}

function sinkInto(ids: Set<string>): Sink {
  return {
    name: 'file',
    write: async (events) => {
      for (const { id } of events) ids.add(id)
    },
  }
}

function missingFrom(forwarded: ReadonlySet<string>, events: readonly LedgerEvent[]): readonly string[] {
  const missing = events.filter(({ id }) => !forwarded.has(id))
  return missing.length === 0 ? [] : [`The sink was never given ${missing.length} events, such as ${missing[0]?.type}.`]
}

async function countUnreadable(audit: Audit, events: readonly LedgerEvent[]): Promise<number> {
  let count = 0
  for (const one of events) {
    if (one.sealed !== undefined && (await audit.reveal(one))?.['identity.name'] === undefined) count++
  }
  return count
}

async function readAll(store: Store): Promise<readonly LedgerEvent[]> {
  const entries = await store.read(0, 4_096)
  return entries.map(({ index, bytes }) => ({ ...JSON.parse(Buffer.from(bytes).toString()), index }))
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const code = 'code' in error ? `${String(error.code)} ` : ''
  return `${code}${error.message}${error.cause === undefined ? '' : ` because: ${describe(error.cause)}`}`
}
