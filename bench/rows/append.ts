import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'

import type { PendingEvent } from '@sallyport/audit'

import type { LogOrder } from '../programs/log-writer.ts'
import { callTogether } from '../support/callers.ts'
import { startChild } from '../support/child-process.ts'
import { IndexProgress } from '../support/index-progress.ts'
import { openLedger, type BenchLedger } from '../support/ledger.ts'
import type { Plan } from '../support/plan.ts'
import type { Measured } from '../support/results.ts'
import { measureInterleaved, perSecond } from '../support/rounds.ts'
import { plainEvent, sealedEvent } from '../support/sample-events.ts'
import { withFolder } from '../support/temporary-folder.ts'

const CALLERS = 256
const TIDY_MS = 250
const UNIT = 'events/s'

interface Appender {
  readonly ledger: BenchLedger
  readonly progress: IndexProgress
  readonly make: (count: number) => PendingEvent
}

/** Durable append through the whole contract until signer and index have caught up, against a log that is not durable. */
export async function measureAppend({ rounds, appends }: Plan): Promise<readonly Measured[]> {
  // In processes of their own, so that the ledger's memory and housekeeping are no burden to them.
  const winston = startChild<LogOrder, number>('winston')
  const synced = startChild<LogOrder, number>('synced')
  try {
    return await withFolder(async (folder) => {
      const plain = await openAppender(join(folder, 'plain'), plainEvent)
      const sealed = await openAppender(join(folder, 'sealed'), sealedEvent)
      const order = { path: join(folder, 'peer.log'), count: appends }
      const models = { plain: await entryOf(plain), sealed: await entryOf(sealed) }
      const figures = await measureInterleaved(
        {
          plain: () => append(plain, appends),
          sealed: () => append(sealed, appends),
          winston: () => winston.ask({ ...order, model: models.plain }),
          winstonSealed: () => winston.ask({ ...order, model: models.sealed }),
          limit: () => synced.ask({ ...order, path: `${order.path}.synced`, model: models.plain }),
        },
        rounds,
      )
      for (const { ledger, progress } of [plain, sealed]) {
        progress.close()
        await ledger.close()
      }
      return report(figures, { plain: sizeOf(models.plain), sealed: sizeOf(models.sealed), appends })
    })
  } finally {
    await Promise.all([winston.stop(), synced.stop()])
  }
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
  const figure = perSecond(count, startedAt)
  // What the store still tidies up is not to slow down whoever is next.
  await new Promise((resolve) => setTimeout(resolve, TIDY_MS))
  return figure
}

/** Gives one event as the ledger writes it: the peers write the same JSON. */
async function entryOf({ ledger, make }: Appender): Promise<LogOrder['model']> {
  const committed = await ledger.audit.commit({ writes: [], events: [make(0)] })
  const [entry] = committed.ok ? await ledger.store.read(committed.firstIndex ?? 0, 1) : []
  const event: LogOrder['model'] = JSON.parse(Buffer.from(entry?.bytes ?? []).toString('utf8'))
  return event
}

function sizeOf(model: LogOrder['model']): number {
  return JSON.stringify(model).length
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
