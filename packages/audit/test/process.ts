import { createMemoryStore, sortableId, type Store } from '@sallyport/store'
import type { ClockReading } from '../src/lib/clock/clock-watch.ts'
import { EntryBuilder } from '../src/lib/writing/entry-builder.ts'
import { event } from '../src/lib/events/event.ts'
import { EventWriter } from '../src/lib/writing/event-writer.ts'
import { Heartbeat } from '../src/lib/running/heartbeat.ts'
import { SubjectKeys } from '../src/lib/privacy/subject-keys.ts'
import { systemRandomBytes } from '../src/lib/system.ts'
import { WriterCount } from '../src/lib/writing/writer-count.ts'
import { ORIGIN, testKeyring } from './ledger.ts'

/** What tells one process under test from another. */
export interface ProcessParts {
  readonly store: Store
  /** Where it runs; `here` if not given. */
  readonly place?: string | undefined
  /** Its number there; that of the process of the test, which lives, if not given. */
  readonly pid?: number | undefined
  readonly writer?: string | undefined
}

/** A process that has the ledger open, as far as others can see it. */
export interface TestProcess {
  readonly boot: string
  readonly writer: EventWriter
  readonly heartbeat: Heartbeat
  /** Says that it has opened the ledger. */
  readonly open: () => Promise<void>
}

/** How often the processes under test say that they live, in milliseconds. */
export const BEAT_MS = 10_000

/** Makes a process that beats when it is told to, and not by itself. */
export function testProcess({
  store,
  place = 'here',
  pid = process.pid,
  writer: name = 'web',
}: ProcessParts): TestProcess {
  const boot = sortableId(store.now(), systemRandomBytes(10))
  const keyring = testKeyring(1)
  const randomBytes = systemRandomBytes
  const subjects = new SubjectKeys({ store: createMemoryStore(), keyring, randomBytes })
  const builder = new EntryBuilder({ keyring, subjects, app: 'test', clock: store, randomBytes })
  const count = new WriterCount(name, boot)
  const writer = new EventWriter({ store, builder, count, randomBytes, budgetMs: 250, queueLimit: 100 })
  const clocks = tickingClocks()
  const heartbeat = new Heartbeat({
    store,
    writer,
    self: { boot, writer: name, place, pid },
    everyMs: BEAT_MS,
    clocks,
  })
  const opened = event('ledger.opened', { data: { origin: ORIGIN, size: 0 } })
  const open = async (): Promise<void> => void (await heartbeat.open({ writes: [], events: [opened] }))
  return { boot, writer, heartbeat, open }
}

/** Clocks of which each reading is a second later. */
function tickingClocks(): () => ClockReading {
  let ticks = 0
  return () => ({ wallMs: 1_800_000_000_000 + (ticks += 1_000), monotonicMs: ticks, offsets: { database: 0 } })
}
