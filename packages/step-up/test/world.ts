import { createHash, randomBytes } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { openAudit, type Audit, type AuditOptions, type Job } from '@sallyport/audit'
import { verifyLedger, type LedgerEvent, type Verification } from '@sallyport/audit/ledger'
import { type EventType } from '@sallyport/audit/vocabulary'
import { createKeyring, type Keyring } from '@sallyport/keyring'
import { createSessionStore } from '@sallyport/session-store'
import { openSqlite } from '@sallyport/sqlite'
import { createMemoryStore, type Store } from '@sallyport/store'
import { createBrowser, manualClock, type Browser, type ManualClock } from '@sallyport/testing'
import { totp } from '@sallyport/totp'
import type { Express } from 'express'
import expressSession from 'express-session'
import { onTestFinished } from 'vitest'

import { createStepUp, type CreateStepUpOptions, type Notice, type StepUp } from '../src/index.ts'
import { createAdministration } from '../src/lib/administration.ts'
import type { Administration } from '../src/lib/administration-contract.ts'
import { resolveOptions, type Core } from '../src/lib/options.ts'
import { createApp } from './app.ts'
import type { Faults } from './faults.ts'
import { keyFactor } from './key-factor.ts'
import { Person } from './person.ts'

/** How a world differs from the usual one. */
export interface WorldOptions {
  readonly store?: 'memory' | 'sqlite'
  /** An earlier world that was closed: this one goes on with its database, keys and clock, as after a restart. */
  readonly after?: World
  /** Where express-session keeps its blobs: its own memory, or our store. */
  readonly sessions?: 'memory' | 'ours'
  /** The session cookie's age: with one, express-session sets the cookie again whenever the session has changed. */
  readonly cookieMaxAge?: number
  /** How many instances of the application share the store. */
  readonly instances?: number
  readonly stepUp?: Partial<CreateStepUpOptions>
  /** How many failures of one source are written one by one; see `openAudit`. */
  readonly flood?: AuditOptions['flood']
  /** Adds routes behind parsers and session. */
  readonly routes?: (app: Express, parts: Instance) => void
  readonly faults?: Pick<Faults, 'spoil'>
}

/** One running instance. */
export interface Instance {
  readonly stepUp: StepUp
  readonly world: World
}

/** A bank with two doors in this process, reached over HTTP, on a clock of its own. */
export interface World {
  readonly url: string
  readonly clock: ManualClock
  readonly store: Store
  readonly keyring: Keyring
  readonly audit: Audit
  /** What the parts of the first instance work with. */
  readonly core: Core
  readonly admin: Administration
  /** Where the database is, if it is a file. */
  readonly path: string | undefined
  readonly blobs: expressSession.Store
  readonly notices: readonly Notice[]
  /** The codes of errors that reached the application's error handler. */
  readonly errors: string[]
  /** What handlers behind a gate did, in order. */
  readonly done: string[]
  /** A person with a new browser, or with that of a person of an earlier world. */
  person(from?: Person): Person
  browser(): Browser
  /** Events of the ledger, the oldest first. */
  events(...types: EventType[]): Promise<readonly LedgerEvent[]>
  /** Runs the closer, as its job does every second. */
  closeOverdue(): Promise<void>
  verify(): Promise<Verification>
  /** Stops all instances; done by itself when the test ends. */
  close(): Promise<void>
}

const ORIGIN = 'bank.example/ledger'

/** Opens a world for the running test; it is closed when the test ends. */
export async function openWorld(options: WorldOptions = {}): Promise<World> {
  const clock = options.after?.clock ?? manualClock()
  const { store, path } = await openStore(options, clock)
  const subjects = createMemoryStore({ clock: clock.now })
  const keyring = options.after?.keyring ?? testKeyring()
  const server = createServer()
  const url = await listen(server)
  const blobs = blobStore(options, store, clock)
  const audits: Audit[] = []
  const jobs: Job[] = []
  const notices: Notice[] = []
  const settle = async (): Promise<unknown> => await Promise.all(audits.map((audit) => audit.settle()))
  const ledger = { store, subjects, keyring, origin: ORIGIN, app: 'bank', flood: options.flood }
  for (let number = 0; number < (options.instances ?? 1); number += 1)
    audits.push(await openAudit({ ...ledger, writer: `bank-${number}` }))
  const parts = { store, keyring, origin: url, notices, jobs, options }
  const made = audits.map((audit) => stepUpOptions(parts, audit))
  const core = resolveOptions(first(made))
  let isOpen = true

  const world: World = {
    url,
    clock,
    store,
    keyring,
    audit: first(audits),
    core,
    admin: createAdministration(core),
    path,
    blobs,
    notices,
    errors: [],
    done: [],
    person: (from) => new Person(url, clock.now, from),
    browser: () => createBrowser(url),
    events: async (...types) => {
      await settle()
      return await eventsOf(world.audit, types)
    },
    closeOverdue: async () => {
      for (const job of jobs) await job.run()
    },
    verify: async () => {
      await settle()
      return await verifyLedger({ store, verifierKeys: [await verifierKey(keyring)] })
    },
    close: async () => {
      if (!isOpen) return
      isOpen = false
      server.closeAllConnections()
      server.close()
      await Promise.all(audits.map((audit) => audit.close()))
      await store.close()
    },
  }
  const apps = made.map((each) => createApp(world, options, createStepUp(each)))
  server.on('request', (req, res) => void apps[Number(req.headers['x-instance'] ?? 0)]?.(req, res))
  onTestFinished(async () => await world.close())
  return world
}

interface Parts {
  readonly store: Store
  readonly keyring: Keyring
  readonly origin: string
  readonly notices: Notice[]
  readonly jobs: Job[]
  readonly options: WorldOptions
}

function stepUpOptions({ store, keyring, origin, notices, jobs, options }: Parts, audit: Audit): CreateStepUpOptions {
  // The closer runs when a test says so, and not by a timer.
  const held = new Proxy(audit, {
    get: (ledger, name) => (name === 'addJob' ? (job: Job) => void jobs.push(job) : boundMember(ledger, name)),
  })
  const made = {
    store,
    audit: held,
    keyring,
    factors: [totp(), keyFactor()],
    origin,
    appName: 'Bank',
    notify: async (notice: Notice) => void notices.push(notice),
    ...options.stepUp,
  }
  return options.faults?.spoil(made) ?? made
}

function boundMember(object: object, name: string | symbol): unknown {
  const member: unknown = Reflect.get(object, name)
  return typeof member === 'function' ? member.bind(object) : member
}

function blobStore({ sessions }: WorldOptions, store: Store, clock: ManualClock): expressSession.Store {
  if (sessions === 'ours') return createSessionStore({ store, clock: { now: clock.now } })
  return new expressSession.MemoryStore()
}

async function eventsOf(audit: Audit, types: readonly EventType[]): Promise<readonly LedgerEvent[]> {
  const found: LedgerEvent[] = []
  for (let page = await audit.query(queryOf(types), { limit: 1_000 }); ;) {
    found.push(...page.events)
    if (page.next === undefined) return found.toReversed()
    page = await audit.query(queryOf(types), { limit: 1_000, before: page.next })
  }
}

function queryOf(types: readonly EventType[]): { readonly type?: readonly EventType[] } {
  return types.length === 0 ? {} : { type: types }
}

async function openStore(
  { store, after }: WorldOptions,
  clock: ManualClock,
): Promise<{ readonly store: Store; readonly path: string | undefined }> {
  if (store !== 'sqlite' && after === undefined)
    return { store: createMemoryStore({ clock: clock.now }), path: undefined }

  const path = after?.path ?? (await databasePath())
  return { store: await openSqlite({ path, clock: clock.now }), path }
}

/** A database in a folder of its own, which is removed when the test ends: after all worlds that use it. */
async function databasePath(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-step-up-'))
  onTestFinished(async () => await rm(folder, { recursive: true, force: true }))
  return join(folder, 'test.db')
}

function testKeyring(): Keyring {
  return createKeyring({
    keys: [
      { id: 'seal0000', purpose: 'seal', secret: randomBytes(32) },
      { id: 'name0000', purpose: 'pseudonym', secret: randomBytes(32) },
      { id: 'sign0000', purpose: 'sign', secret: randomBytes(32) },
    ],
  })
}

/** The ledger's public key as verifiers take it: C2SP signed-note. */
export async function verifierKey(keyring: Keyring): Promise<string> {
  const key = Buffer.from([1, ...first(await keyring.publicKeys())])
  const id = createHash('sha256').update(`${ORIGIN}\n`).update(key).digest('hex').slice(0, 8)
  return `${ORIGIN}+${id}+${key.toString('base64')}`
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('openWorld: no port')
  return `http://127.0.0.1:${address.port}`
}

function first<T>(items: readonly T[]): T {
  const [item] = items
  if (item === undefined) throw new Error('openWorld: nothing there')
  return item
}
