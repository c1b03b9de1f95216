// An application that forwards its ledger by winston, and ends at once: right after an event is on disk, while the sink is
// at work, or, told to, in good order.
import { join } from 'node:path'

import { openAudit } from '@sallyport/audit'
import { openKeyring } from '@sallyport/keyring'
import { openSqlite } from '@sallyport/sqlite'
import winston from 'winston'

import { winstonSink } from '../src/index.ts'

const [, , folder = '', end = ''] = process.argv
const EVENTS = 40

const store = await openSqlite({ path: join(folder, 'ledger.db') })
const subjects = await openSqlite({ path: join(folder, 'subjects.db') })
const keyring = await openKeyring(join(folder, 'keys.json'))
const audit = await openAudit({ store, subjects, keyring, origin: 'bank.example/ledger', app: 'bank', pollMs: 10 })
const make = (): winston.Logger =>
  winston.createLogger({ transports: [new winston.transports.File({ filename: join(folder, 'audit.log') })] })
audit.addSink(winstonSink(make, { acknowledge: 'flushed', batchSize: 8 }))

for (let at = 0; at < EVENTS; at++) {
  const recorded = await audit.emit('access.allowed', { data: { requirement: `r${at}` } })
  if (recorded !== 'recorded') throw new Error('The event is not on disk.')
}
if (end === 'at-once') process.exit(0)
if (end === 'meanwhile') {
  void audit.settle()
  setTimeout(() => process.exit(0), 15)
} else {
  await audit.settle()
  await audit.close()
  await Promise.all([store.close(), subjects.close()])
}
