import { writeSync } from 'node:fs'
import { join } from 'node:path'
import { openKeyring } from '@sallyport/keyring'
import { openSqlite } from '@sallyport/sqlite'
import { AuditError } from '../src/lib/errors.ts'
import { event } from '../src/lib/events/event.ts'
import { openAudit } from '../src/lib/open-audit.ts'

// An application in a process of its own that ends as it is told. It says which events the ledger has acknowledged.

/** How the application ends: by itself after some work, or not before somebody ends it. */
export type Ending = 'close' | 'exit' | 'throw' | 'reject' | 'memory' | 'none' | 'idle'

const ENDINGS: Readonly<Record<Ending, () => unknown>> = {
  close: async () => {
    await audit.close()
    await Promise.all([store.close(), subjects.close()])
    process.exit(0)
  },
  exit: () => process.exit(0),
  throw: () => {
    setTimeout(() => {
      throw new Error('nobody catches this')
    })
  },
  reject: () => void Promise.reject(new Error('nobody handles this')),
  memory: () => {
    for (const hoard: unknown[] = []; ;) hoard.push(Array.from({ length: 10_000 }, (_, place) => ({ place })))
  },
  none: () => undefined,
  idle: () => undefined,
}

const CALLERS = 8
const EVENTS_BEFORE_END = 60

const [, , folder = '', writer = '', ending = ''] = process.argv
const store = await openSqlite({ path: join(folder, 'ledger.db') })
const subjects = await openSqlite({ path: join(folder, 'subjects.db') })
const audit = await openAudit({
  store,
  subjects,
  keyring: await openKeyring(join(folder, 'keys.json')),
  origin: 'audit.example.com/bench',
  app: 'bench',
  writer,
  pollMs: 10,
  heartbeatMs: 1_000,
  durableBudgetMs: 10_000,
})
let acknowledged = 0
say('opened')
// The ledger itself keeps no process alive.
setInterval(() => undefined, 1_000)
if (ending !== 'idle') for (let caller = 0; caller < CALLERS; caller++) void work(caller).catch(endWhenClosed)

async function work(caller: number): Promise<void> {
  for (let turn = 0; ; turn++) {
    const lineage = [writer, caller, turn].join('.')
    const isRecorded = turn % 2 === 0 ? await allow(lineage) : await start(lineage)
    if (!isRecorded) return
    say(lineage)
    await audit.emit('oidc.login.started', { data: { issuer: 'https://idp.example' } })
    if (++acknowledged === EVENTS_BEFORE_END && isEnding(ending)) await ENDINGS[ending]()
  }
}

async function allow(lineage: string): Promise<boolean> {
  return (await audit.emit('access.allowed', { lineage, data: { requirement: 'r' } })) === 'recorded'
}

async function start(lineage: string): Promise<boolean> {
  const record = { op: 'put', key: ['done', lineage], value: lineage, expect: null } as const
  return (await audit.commit({ writes: [record], events: [event('session.started', { lineage, data: {} })] })).ok
}

function endWhenClosed(error: unknown): void {
  if (!(error instanceof AuditError) || error.code !== 'ERR_AUDIT_CLOSED') throw error
}

function isEnding(text: string): text is Ending {
  return Object.hasOwn(ENDINGS, text)
}

function say(line: string): void {
  writeSync(1, `${line}\n`)
}
