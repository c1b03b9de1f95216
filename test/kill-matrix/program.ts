/**
 * The application under test: opens a ledger, does a fixed piece of work with it, and says what it is told. Ends where a
 * fault ends it.
 */
import { appendFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { event, openAudit, type Audit, type PendingEvent } from '@sallyport/audit'
import { openKeyring } from '@sallyport/keyring'
import { openSqlite } from '@sallyport/sqlite'
import type { Store, Write } from '@sallyport/store'
import { runSallyport } from '../../packages/cli/src/index.ts'
import { breakStore } from './broken-store.ts'
import { lineageOf, type Said, type Step, type Unit } from './said.ts'

const [, , folder = '', defect = ''] = process.argv
const paths = {
  ledger: join(folder, 'ledger.db'),
  subjects: join(folder, 'subjects.db'),
  keys: join(folder, 'keys.json'),
  logKey: join(folder, 'log.pub'),
  checkpoint: join(folder, 'checkpoint'),
  sink: join(folder, 'sink.log'),
  export: join(folder, 'export'),
}
// What happens in between is done once a second or less, which the preload makes slower than the work: so that the points
// have the same numbers every time.
const PATIENCE = { pollMs: 1_000, heartbeatMs: 60_000, durableBudgetMs: 10_000 }
const BULK = 60

function say(said: Said): void {
  writeSync(1, `${JSON.stringify(said)}\n`)
}

function codeOf(error: unknown): string {
  if (error instanceof Error && 'code' in error) return String(error.code)
  throw error
}

async function attempt<T>(step: Step, work: () => Promise<T>): Promise<T | undefined> {
  try {
    const result = await work()
    say({ step, answer: typeof result === 'number' ? String(result) : 'ok' })
    return result
  } catch (error) {
    say({ step, answer: codeOf(error) })
    return undefined
  }
}

interface Order extends Unit {
  readonly id?: string
  /** Writes beside its own record. */
  readonly writes?: readonly Write[]
  /** Who it is of: then the events hold sealed data. */
  readonly user?: string
}

async function commit(audit: Audit, { name, events: count, id, writes = [], user }: Order): Promise<void> {
  const actor = user === undefined ? undefined : { user, identity: { name: `Name of ${user}` } }
  const events = Array.from({ length: count }, (_, place): PendingEvent =>
    event('session.started', { lineage: lineageOf(name, place), actor, data: {} }),
  )
  const record: Write = { op: 'put', key: ['done', name], value: count, expect: null }
  const one: Write = { op: 'add', key: ['count'], by: 1, max: 1_000, expiresAt: 9e15 }
  try {
    const done = await audit.commit({ writes: [record, one, ...writes], events, ...(id === undefined ? {} : { id }) })
    say({ step: 'commit', unit: name, answer: done.ok ? 'ok' : done.code })
  } catch (error) {
    say({ step: 'commit', unit: name, answer: codeOf(error) })
  }
}

async function emit(audit: Audit, type: 'access.denied' | 'oidc.login.started', unit: string): Promise<void> {
  const lineage = lineageOf(unit, 0)
  const answer =
    type === 'access.denied'
      ? await audit.emit(type, { lineage, data: { requirement: 'transfer' } })
      : await audit.emit(type, { lineage, data: { issuer: 'https://idp.example' } })
  say({ step: 'emit', unit, type, answer })
}

async function open(store: Store, subjects: Store): Promise<Audit> {
  const keyring = await openKeyring(paths.keys)
  const parts = { store, subjects, keyring, origin: 'audit.example.com/matrix', app: 'matrix' }
  const audit = await openAudit({ ...parts, ...PATIENCE, writer: 'victim', checkpointFile: paths.checkpoint })
  audit.addSink({
    name: 'file',
    write: async (events) => {
      const lines = events.map(({ id, lineage = '-' }) => `${id} ${lineage}\n`)
      appendFileSync(paths.sink, lines.join(''))
    },
  })
  return audit
}

async function workBeforeRotation(audit: Audit): Promise<void> {
  await commit(audit, { name: 'first', events: 1, user: 'ada' })
  await commit(audit, { name: 'same-person', events: 2, user: 'ada' })
  await commit(audit, { name: 'other-person', events: 1, user: 'bob' })
  await emit(audit, 'access.denied', 'denied-1')
  const together = Array.from({ length: 6 }, (_, at) => commit(audit, { name: `together-${at}`, events: 1 + (at % 2) }))
  await Promise.all([
    ...together,
    emit(audit, 'oidc.login.started', 'login-1'),
    emit(audit, 'access.denied', 'denied-2'),
  ])
  const taken: Write = { op: 'check', key: ['done', 'first'], expect: null }
  await commit(audit, { name: 'conflicting', events: 1, writes: [taken] })
  const tooMany: Write = { op: 'add', key: ['small'], by: 2, max: 1, expiresAt: 9e15 }
  await commit(audit, { name: 'limited', events: 1, writes: [tooMany] })
  await attempt('settle', () => audit.settle())
  await commit(audit, { name: 'repeated', events: 1, id: 'chosen-by-the-caller' })
  await commit(audit, { name: 'repeated', events: 1, id: 'chosen-by-the-caller' })
  const bulk = Array.from({ length: 4 }, (_, at) => commit(audit, { name: `bulk-${at}`, events: BULK }))
  await Promise.all([...bulk, emit(audit, 'oidc.login.started', 'login-2')])
  await attempt('settle', () => audit.settle())
}

async function workAfterRotation(audit: Audit): Promise<void> {
  await commit(audit, { name: 'rotated', events: 1, user: 'ada' })
  await emit(audit, 'oidc.login.started', 'login-3')
  await attempt('settle', () => audit.settle())
  await exportLedger()
  await commit(audit, { name: 'late', events: 2 })
  await emit(audit, 'access.denied', 'denied-3')
  await attempt('close', () => audit.close())
  await exportLedger()
}

async function exportLedger(): Promise<void> {
  await attempt('export', () => sallyport('export', `sqlite:${paths.ledger}`, paths.export))
}

async function sallyport(...args: readonly string[]): Promise<number> {
  return await runSallyport(args, { print: () => undefined, report: () => undefined })
}

async function useStores(store: Store, subjects: Store): Promise<void> {
  const audit = await attempt('open', () => open(store, subjects))
  if (audit === undefined) return
  await workBeforeRotation(audit)
  await attempt('close', () => audit.close())
  await attempt('rotate', () => sallyport('rotate', '--keys', paths.keys, '--log-key', paths.logKey))
  const again = await attempt('open', () => open(store, subjects))
  if (again !== undefined) await workAfterRotation(again)
}

const store = await attempt('stores', () => openSqlite({ path: paths.ledger }))
const subjects = await attempt('stores', () => openSqlite({ path: paths.subjects }))
if (store !== undefined && subjects !== undefined) await useStores(breakStore(store, defect), subjects)
await store?.close()
await subjects?.close()
say({ step: 'end', answer: 'ok' })
