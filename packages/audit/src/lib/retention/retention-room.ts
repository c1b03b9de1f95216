import { AuditError } from '../errors.ts'
import type { LedgerLife } from '../ledger-life.ts'
import type { LedgerParts } from '../ledger-parts.ts'
import { isClockSound } from '../privacy/sound-clock.ts'
import { systemMonotonicMs } from '../system.ts'
import { Pruner } from './pruner.ts'
import type { AuditRetention, Pruned } from './retention-contract.ts'

const EVERY_MS = 3_600_000
// A process that lives for less than an hour prunes, too.
const LOOK_EVERY_MS = 60_000

/** Gives the methods of retention, and starts the job that prunes by itself. */
export function retaining(
  parts: Pick<LedgerParts, 'options' | 'keys' | 'writer' | 'clockWatch'>,
  life: Pick<LedgerLife, 'isClosed' | 'sinkNames' | 'addJob'>,
): AuditRetention {
  const { store, origin, retention, witnesses } = parts.options
  const { clockWatch } = parts
  const { entryDays } = retention
  if (entryDays === undefined) return { prune: refuse }
  const pruner = new Pruner({
    store,
    keys: parts.keys,
    origin,
    commit: async (one) => await parts.writer.commit(one),
    newId: () => parts.writer.newId(),
    entryDays,
    readers: () => ({ sinks: life.sinkNames, witnesses: witnesses.map(({ name }) => name) }),
  })
  life.addJob({
    name: 'ledger-retention',
    everyMs: LOOK_EVERY_MS,
    run: hourly(
      warning(async () => {
        // What is dropped is gone: a clock that stands years ahead must not be what says that it is old.
        return (await isClockSound(store, clockWatch)) ? await pruner.prune({}) : undefined
      }),
    ),
  })
  return {
    prune: async ({ by }) => {
      if (life.isClosed) throw new AuditError('ERR_AUDIT_CLOSED', 'The ledger was closed.')
      return await pruner.prune(by)
    },
  }
}

async function refuse(): Promise<never> {
  throw new AuditError('ERR_AUDIT_INPUT', 'The ledger keeps all entries: it was opened without retention.entryDays.')
}

/** Says once that nothing can be cut, until something can again. */
function warning(prune: () => Promise<Pruned | undefined>): () => Promise<void> {
  let isSaid = false
  return async () => {
    const pruned = await prune()
    const isUnderWay = pruned?.ok === false && pruned.code === 'under_way'
    if (isUnderWay && !isSaid) {
      const message =
        'The audit ledger goes on, but cannot be pruned: too many challenges are open among its old entries.'
      process.emitWarning(message, { type: 'AuditWarning', code: 'ERR_AUDIT_TOO_LARGE' })
    }
    isSaid = isUnderWay
  }
}

function hourly(work: () => Promise<void>): () => Promise<void> {
  let last = -Infinity
  return async () => {
    const now = systemMonotonicMs()
    if (now - last < EVERY_MS) return
    last = now
    try {
      await work()
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : 'ERR_AUDIT_TREE_CORRUPT'
      process.emitWarning('The audit ledger goes on, but cannot be pruned.', { type: 'AuditWarning', code })
    }
  }
}
