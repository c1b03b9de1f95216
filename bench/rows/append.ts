import { randomBytes } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'

import type { PendingEvent } from '@sallyport/audit'

import { appendSynced } from '../peers/synced-file.ts'
import { logToFile, takeLineCount } from '../peers/winston-file.ts'
import { callTogether } from '../support/callers.ts'
import { IndexProgress } from '../support/index-progress.ts'
import { openLedger, type BenchLedger } from '../support/ledger.ts'
import type { Plan } from '../support/plan.ts'
import type { Measured } from '../support/results.ts'
import { measureInterleaved, perSecond } from '../support/rounds.ts'
import { plainEvent, sealedEvent } from '../support/sample-events.ts'
import { withFolder } from '../support/temporary-folder.ts'

const CALLERS = 256
const UNIT = 'events/s'

interface Appender {
  readonly ledger: BenchLedger
  readonly progress: IndexProgress
  readonly make: (count: number) => PendingEvent
}

/** Durable append through the whole contract until signer and index have caught up, against a log that is not durable. */
export async function measureAppend({ rounds, appends }: Plan): Promise<readonly Measured[]> {
  return await withFolder(async (folder) => {
    const plain = await openAppender(join(folder, 'plain'), plainEvent)
    const sealed = await openAppender(join(folder, 'sealed'), sealedEvent)
    const plainRecord = await recordLike(plain)
    const sealedRecord = await recordLike(sealed)
    const file = join(folder, 'winston.log')
    const figures = await measureInterleaved(
      {
        plain: () => append(plain, appends),
        sealed: () => append(sealed, appends),
        winston: () => logByWinston(file, { count: appends, make: plainRecord }),
        winstonSealed: () => logByWinston(file, { count: appends, make: sealedRecord }),
        limit: () => appendToLimit(join(folder, 'synced.log'), { count: appends, make: plainRecord }),
      },
      rounds,
    )
    for (const { ledger, progress } of [plain, sealed]) {
      progress.close()
      await ledger.close()
    }
    return report(figures, { plain: sizeOf(plainRecord), sealed: sizeOf(sealedRecord), appends })
  })
}

async function openAppender(folder: string, make: Appender['make']): Promise<Appender> {
  await mkdir(folder)
  const ledger = await openLedger(folder)
  return { ledger, progress: new IndexProgress(ledger.path), make }
}

async function append({ ledger, progress, make }: Appender, count: number): Promise<number> {
  const { audit, store } = ledger
  const startedAt = performance.now()
  await callTogether({
    callers: CALLERS,
    calls: count,
    call: (at) => audit.commit({ writes: [], events: [make(at)] }),
  })
  await audit.settle()
  await progress.reach(await store.size())
  return perSecond(count, startedAt)
}

/** Gives a maker of what the peers write: the same JSON as a ledger's entries, with an id, time and number of its own. */
async function recordLike({ ledger, make }: Appender): Promise<(at: number) => object> {
  const committed = await ledger.audit.commit({ writes: [], events: [make(0)] })
  const [entry] = committed.ok ? await ledger.store.read(committed.firstIndex ?? 0, 1) : []
  const model: Readonly<Record<string, unknown>> = JSON.parse(Buffer.from(entry?.bytes ?? []).toString('utf8'))
  return (at) => ({
    ...model,
    at: new Date().toISOString(),
    id: randomBytes(16).toString('base64url'),
    writer: { boot: model['id'], id: 'bench', seq: at },
  })
}

async function logByWinston(path: string, records: Parameters<typeof logToFile>[1]): Promise<number> {
  const startedAt = performance.now()
  await logToFile(path, records)
  const figure = perSecond(records.count, startedAt)
  const lines = await takeLineCount(path)
  if (lines !== records.count) throw new Error(`winston wrote ${lines} of ${records.count} lines before it finished`)
  return figure
}

function appendToLimit(path: string, records: Parameters<typeof appendSynced>[1]): number {
  const startedAt = performance.now()
  appendSynced(path, records)
  return perSecond(records.count, startedAt)
}

function sizeOf(make: (at: number) => object): number {
  return JSON.stringify(make(0)).length
}

function report(
  figures: (name: 'plain' | 'sealed' | 'winston' | 'winstonSealed' | 'limit') => number,
  { plain, sealed, appends }: { readonly plain: number; readonly sealed: number; readonly appends: number },
): readonly Measured[] {
  const rounds = `${appends} events a round, until signed and indexed`
  return [
    {
      name: `append, ${CALLERS} callers, no personal data`,
      unit: UNIT,
      ours: figures('plain'),
      peers: { 'winston File, not durable': figures('winston') },
      target: 1.5,
      note: `${plain} bytes an event, ${rounds}.`,
    },
    {
      name: `append, ${CALLERS} callers, a sealed envelope in every event`,
      unit: UNIT,
      ours: figures('sealed'),
      peers: { 'winston File, not durable, nothing sealed': figures('winstonSealed') },
      target: 1,
      note: `${sealed} bytes an event, ${rounds}. winston is given the envelope ready-made.`,
    },
    {
      name: `append, ${CALLERS} callers, no personal data, beside the limit`,
      unit: UNIT,
      ours: figures('plain'),
      peers: { 'JSON + fdatasync per 256': figures('limit') },
      target: 0.4,
    },
  ]
}
