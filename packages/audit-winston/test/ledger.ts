import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { openAudit, type Audit, type Sink } from '@sallyport/audit'
import { createKeyFile, openKeyring } from '@sallyport/keyring'
import { createMemoryStore, type Store } from '@sallyport/store'

/** A ledger under test, with a folder that goes with it. */
export interface World {
  readonly audit: Audit
  readonly store: Store
  readonly folder: string
}

/** Opens a ledger in memory, gives it to the test and closes it whatever the test does. */
export async function withLedger(use: (world: World) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'audit-winston-'))
  await createKeyFile(join(folder, 'keys.json'))
  const keyring = await openKeyring(join(folder, 'keys.json'))
  const [store, subjects] = [createMemoryStore(), createMemoryStore()]
  const audit = await openAudit({ store, subjects, keyring, origin: 'bank.example/ledger', app: 'bank', pollMs: 1_000 })
  try {
    await use({ audit, store, folder })
  } finally {
    await audit.close().catch(() => undefined)
    await rm(folder, { recursive: true, force: true })
  }
}

/** Records so many events. */
async function recordTimes(audit: Audit, count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) {
    const actor = { user: `user ${turn % 3}` }
    await audit.emit('access.allowed', { actor, data: { requirement: 'default' }, target: { route: '/transfer' } })
  }
}

/**
 * Records events, has a sink forward them in the course of several tries, and closes the ledger.
 *
 * @returns the ids of everything in the ledger, in its order
 */
export async function forwardAll({ audit, store }: World, sink: Sink, count = 60): Promise<readonly string[]> {
  audit.addSink(sink)
  for (let turn = 0; turn < 3; turn++) {
    await recordTimes(audit, count / 3)
    await audit.settle().catch(() => undefined)
  }
  for (let tries = 0; tries < 10; tries++) await audit.settle().catch(() => undefined)
  await audit.close()
  return await idsOf(store)
}

/** The ids of everything in a ledger, in its order. */
export async function idsOf(store: Store): Promise<readonly string[]> {
  return (await store.read(0, 4_096)).map(({ id }) => id)
}

/** The ids of the events in lines of winston's JSON format, each once, in the order in which they came first. */
export function idsIn(text: string): readonly string[] {
  const lines = text.split('\n').filter((line) => line !== '')
  return [...new Set(lines.map((line) => String(JSON.parse(line).audit.id)))]
}
