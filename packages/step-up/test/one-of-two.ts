import { once } from 'node:events'

import { openAudit } from '@sallyport/audit'
import { createKeyring } from '@sallyport/keyring'
import { openSqlite } from '@sallyport/sqlite'
import { createMemoryStore } from '@sallyport/store'
import type { Request } from 'express'

import { createStepUp } from '../src/index.ts'
import { keyFactor } from './key-factor.ts'

// A process of its own: tries many passwords of one user at once on a shared database, and says how many were let through.

const [, , path = '', writer = '', times = ''] = process.argv
const store = await openSqlite({ path })
const keyring = createKeyring({
  keys: (['seal', 'pseudonym', 'sign'] as const).map((purpose) => ({
    id: `${purpose.slice(0, 4)}0000`,
    purpose,
    secret: Buffer.alloc(32, purpose),
  })),
})
const subjects = createMemoryStore({ clock: Date.now })
const audit = await openAudit({ store, subjects, keyring, origin: 'bank.example/ledger', app: 'bank', writer })
const { attempts } = createStepUp({
  store,
  audit,
  keyring,
  factors: [keyFactor()],
  origin: 'http://localhost:3000',
  appName: 'Bank',
})

// Only an object to know the request by: nothing was found out about it.
const req: Request = Object.create(null)
process.stdout.write('ready\n')
await once(process.stdin, 'data')
const taken = await Promise.all(
  Array.from({ length: Number(times) }, () => attempts.take(req, { name: 'ann', user: 'ann' })),
)
process.stdout.write(`${taken.filter((attempt) => attempt !== undefined).length}\n`)
await audit.close()
await store.close()
process.exit(0)
