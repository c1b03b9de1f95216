import { join } from 'node:path'

import { event } from '@sallyport/audit'
import { openKeyring, retireSignKeys, rotateKey } from '@sallyport/keyring'

import { onLedger } from './ledger-room.ts'
import type { Scene } from './scene.ts'

const DENIED = { outcome: 'failure', reason: 'login_required', data: { requirement: 'transfer' } } as const

/** A process that lives, whose clock is apart from that of the identity provider, and that is closed. */
export const living: Scene = onLedger(async ({ open, until }) => {
  const audit = await open({ heartbeatMs: 1_000 })
  audit.observeTime('provider', 0)
  await until('ledger.heartbeat', 'ledger.checkpoint_signed', 'ledger.clock_deviated')
})

/** More events at once than may wait, and more failures of one source than are written one by one. */
export const flooded: Scene = onLedger(async ({ open }) => {
  const audit = await open({ queueLimit: 1, flood: { whole: 1 } })
  const started = { data: { issuer: 'https://idp.example' } } as const
  await Promise.all(Array.from({ length: 50 }, async () => await audit.emit('oidc.login.started', started)))
  for (let turn = 0; turn < 5; turn += 1) await audit.emit('access.denied', DENIED)
})

/** Another key that signs, and other settings. */
export const reconfigured: Scene = onLedger(async ({ open, folder }) => {
  const file = join(folder, 'keys.json')
  await (await open()).close()
  await rotateKey(file, 'sign')
  await (await open({ keyring: await openKeyring(file) })).close()
  await retireSignKeys(file)
  const levels = [{ type: 'access.allowed', level: 'none' }] as const
  await (await open({ keyring: await openKeyring(file), levels })).close()
})

/** A sink that is down for a while, and then refuses one event for good. */
export const copying: Scene = onLedger(async ({ open, until }) => {
  const audit = await open({ pollMs: 10 })
  let isDown = true
  const takes = (types: readonly string[]): boolean => !isDown && !types.includes('access.allowed')
  audit.addSink({
    name: 'siem',
    batchSize: 1,
    deadLetterAfter: 1,
    write: async (events) => {
      if (!takes(events.map(({ type }) => type))) throw new Error('not now')
    },
  })
  await until('sink.failed')
  await audit.emit('access.allowed', { data: { requirement: 'transfer' } })
  await audit.emit('access.completed', { data: { status: 200, durationMs: 1, aborted: false } })
  isDown = false
  await audit.settle()
  await until('sink.dead_lettered', 'sink.recovered')
})

/** An application that changes what a person may do, in one commit with its own record of it. */
export const granting: Scene = onLedger(async ({ open }) => {
  const audit = await open()
  const about = { actor: { user: 'root' }, subject: 'ann', outcome: 'success' } as const
  await audit.commit({
    writes: [{ op: 'put', key: ['bank', 'roles', 'ann'], value: { roles: ['approver'] }, expect: null }],
    events: [
      event('role.changed', { ...about, data: { added: ['approver'], removed: [] } }),
      event('scope.changed', { ...about, data: { added: ['transfers:approve'], removed: [] } }),
    ],
  })
})
