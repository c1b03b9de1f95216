import { mkdirSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { randomBytes } from 'node:crypto'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

import { openAudit, type Audit } from '@sallyport/audit'
import { openKeyring, type Keyring } from '@sallyport/keyring'
import { openSqlite } from '@sallyport/sqlite'
import type { Store } from '@sallyport/store'
import { manualClock, type ManualClock } from '@sallyport/testing'

import { applicationLog, endLog, fileSink } from '../../packages/audit-winston/test/file-loggers.ts'
import { sallyportHere } from '../../packages/cli/test/run-command.ts'
import { Canaries } from './canaries.ts'
import { withMethods } from './faults.ts'
import { Places } from './places.ts'
import { makeSecrets, type Secrets } from './secrets.ts'

/** What everything stands on: two databases and the files beside them in one folder, keys in another, secrets everywhere. */
export interface Floor {
  /** Everything in it is searched. */
  readonly data: string
  /** The key file, which nobody else reads. */
  readonly keyFile: string
  readonly canaries: Canaries
  readonly secrets: Secrets
  readonly places: Places
  readonly clock: ManualClock
  readonly store: Store
  readonly subjects: Store
  readonly keyring: Keyring
  readonly audit: Audit
  readonly log: ReturnType<typeof applicationLog>
  /** Gets the same lines, and redacts nothing: what the search must find. */
  readonly leakyLog: ReturnType<typeof applicationLog>
  /** What is broken at the moment. */
  readonly trouble: { store: boolean; sink: boolean }
  /** Takes down all files as they are now. */
  look(): void
  close(): Promise<void>
}

/** The ledger's name. */
const LEDGER = 'bank.example/ledger'

/** Opens a floor with a sink for each format. */
export async function openFloor(): Promise<Floor> {
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-canary-'))
  const [data, leaky, keyFile] = [join(folder, 'data'), join(folder, 'leaky'), join(folder, 'keys', 'keys.json')]
  for (const name of ['data', 'leaky', 'keys']) mkdirSync(join(folder, name), { mode: 0o700 })
  await sallyportHere('keygen', '--origin', LEDGER, '--keys', keyFile, '--log-key', join(data, 'log.pub'))
  const keyring = await openKeyring(keyFile)

  const [canaries, places, clock] = [new Canaries(), new Places(), manualClock()]
  const secrets = makeSecrets(canaries)
  for (const { secret } of JSON.parse(await readFile(keyFile, 'utf8')).keys)
    canaries.add('key', Buffer.from(secret, 'base64url'))
  const trouble = { store: false, sink: false }
  const real = await openSqlite({ path: join(data, 'bank.db'), clock: clock.now })
  const store = breakable(real, trouble, secrets)
  const subjects = await openSqlite({ path: join(data, 'subjects.db'), clock: clock.now })
  const audit = await openAudit({
    store,
    subjects,
    keyring,
    origin: LEDGER,
    app: 'bank',
    checkpointFile: join(data, 'checkpoint'),
    levels: [{ type: 'access.completed', route: '/quiet', level: 'metadata' }],
    flood: { whole: 3, windowMs: 1_000 },
    randomBytes: (size) => {
      const bytes = randomBytes(size)
      return size === 32 ? canaries.add('subject key', bytes) : bytes
    },
  })
  addSinks(audit, { data, trouble, secrets })
  audit.addSink(fileSink(join(leaky, 'audit.log'), { name: 'leaky', format: 'json', reveal: 'everything' }))
  const log = applicationLog(join(data, 'application.log'), { redacts: true })
  const leakyLog = applicationLog(join(leaky, 'application.log'), { redacts: false })
  const close = async (): Promise<void> => {
    await audit.close()
    await Promise.all([store.close(), subjects.close(), endLog(log), endLog(leakyLog)])
    places.addFolder('file', data)
    places.addFolder('leaky file', leaky)
    places.addFolder('input', dirname(keyFile))
    await rm(folder, { recursive: true })
  }
  return {
    data,
    keyFile,
    canaries,
    secrets,
    places,
    clock,
    store,
    subjects,
    keyring,
    audit,
    log,
    leakyLog,
    trouble,
    look: () => places.addFolder('open', data),
    close,
  }
}

type Breakable = Pick<Floor, 'trouble' | 'secrets'>

/** A store whose driver says its address, with the password in it, when it is down. */
function breakable(store: Store, trouble: Breakable['trouble'], { connectionString }: Secrets): Store {
  const commit: Store['commit'] = async (one) => {
    if (!trouble.store) return await store.commit(one)
    throw new Error(`connect ECONNREFUSED ${connectionString}`)
  }
  return withMethods(store, { commit })
}

function addSinks(audit: Audit, { data, trouble, secrets }: Breakable & Pick<Floor, 'data'>): void {
  for (const format of ['object', 'json', 'ocsf', 'ecs', 'cef'] as const)
    audit.addSink(fileSink(join(data, `audit-${format}.log`), { name: format, format }))
  audit.addSink({
    name: 'broken',
    write: async () => {
      if (trouble.sink) throw new Error(`POST ${secrets.connectionString} answered 503`)
    },
  })
}
