import { openKeyring, rotateKey } from '@sallyport/keyring'
import { manualClock } from '@sallyport/testing'
import { join } from 'node:path'

import { BY, withOldLedger } from '../../packages/audit/test/old-ledger.ts'
import { onLedger } from './ledger-room.ts'
import type { Scene } from './scene.ts'

const DAY = 86_400_000
const CONTEXT = { requestId: 'r1', net: { ip: '192.0.2.7', hops: 0 } } as const
const ALLOWED = { actor: { user: 'ann' }, context: CONTEXT, flow: 'f1', data: { requirement: 'transfer' } } as const

/** Somebody who looks into the ledger, takes copies out of it and verifies it. */
export const reading: Scene = onLedger(async ({ open }) => {
  const audit = await open()
  await audit.emit('access.allowed', ALLOWED)
  const reader = audit.reader({ ...BY, reveal: ['ip'] })
  await reader.query({ user: 'ann' })
  for await (const _event of reader.export({}, 'csv'));
  await audit.verify(BY)
})

/** A person whose data is given out, held and erased, under keys that were renewed. */
export const protecting: Scene = onLedger(async ({ open, folder }) => {
  const file = join(folder, 'keys.json')
  await (await open()).emit('access.allowed', ALLOWED)
  await rotateKey(file, 'seal')
  const audit = await open({ keyring: await openKeyring(file) })
  await audit.rewrapKeys(BY)
  for await (const _event of audit.exportSubject('ann', BY));
  await audit.placeHold({ name: 'case-1', reference: '2026/17', user: 'ann' }, BY)
  await audit.eraseSubject('ann', BY)
  await audit.releaseHold('case-1', BY)
  await audit.eraseSubject('ann', BY)
})

const clock = manualClock()

/** Personal data whose time is over. */
export const expiring: Scene = onLedger(
  async ({ open, until }) => {
    const retention = { personalDays: { access: 30 } }
    await (await open({ retention })).emit('access.allowed', ALLOWED)
    clock.advance(89 * DAY)
    // Nothing is destroyed by a clock that the ledger has not lived by for a day.
    await (await open({ retention })).emit('access.allowed', ALLOWED)
    clock.advance(2 * DAY)
    await open({ retention })
    await until('privacy.keys.expired')
  },
  { clock: clock.now },
)

/** Entries whose time is over. */
export const pruning: Scene = async () => {
  let recorded: Awaited<ReturnType<Scene>> = []
  await withOldLedger(async ({ fillAndPrune, events }) => {
    await fillAndPrune(600)
    recorded = await events()
  })
  return recorded
}
