// The example with two providers in this process, on real ports, so that a test can take a part of it away and look at
// what went over the wire.
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'

import { openAudit, type Audit } from '@sallyport/audit'
import type { LedgerEvent } from '@sallyport/audit/ledger'
import { createKeyring } from '@sallyport/keyring'
import { createSessionStore } from '@sallyport/session-store'
import { createMemoryStore, type Store } from '@sallyport/store'
import { createBrowser, type Browser } from '@sallyport/testing'

import { createIdentityProvider } from '../../examples/shared/src/identity-provider.ts'
import { createApp } from '../../examples/two-providers/src/app.ts'
import { describeProviders, type ExampleProviders } from '../../examples/two-providers/src/providers.ts'
import { Wire } from './wire.ts'

/** One of the providers, while it runs and while it does not. */
export interface RunningProvider {
  readonly issuer: string
  /** The paths that browsers asked for, without queries. */
  readonly visits: readonly string[]
  stop(): Promise<void>
  /** On the same port as before. */
  start(): Promise<void>
}

/** What a test can break. */
export interface Trouble {
  save: boolean
  destroy: boolean
  /** Callbacks do not arrive, and browsers stay where they are. */
  callback: boolean
}

/** The board with its providers. */
export interface World {
  readonly url: string
  readonly providers: ExampleProviders
  readonly work: RunningProvider
  readonly home: RunningProvider
  /** What is broken at present: in the store of express-session, and on the way from the providers back to the board. */
  readonly trouble: Trouble
  readonly wire: Wire
  browser(): Browser
  /** What is in the ledger by now, the oldest first. */
  events(): Promise<readonly LedgerEvent[]>
  /** Every byte of every entry of the ledger. */
  ledgerText(): Promise<string>
  close(): Promise<void>
}

const LEDGER = 'board.example/ledger'

/** Starts everything. */
export async function openWorld(): Promise<World> {
  const [board, work, home] = await Promise.all([listen(), listen(), listen()])
  const url = addressOf(board)
  const providers = describeProviders({ origin: url, work: addressOf(work), home: addressOf(home) })
  const wire = new Wire()
  const store = createMemoryStore()
  const keyring = createTestKeyring()
  const subjects = createMemoryStore()
  const audit = await openAudit({ store, subjects, keyring, origin: LEDGER, app: 'board', checkpointFile: false })
  const trouble = { save: false, destroy: false, callback: false }
  const sessions = { store: breakable(createSessionStore({ store }), trouble), secret: randomBytes(32).toString('hex') }
  const app = wire.listenedTo(createApp({ store, audit, keyring, origin: url, sessions }, providers))
  board.on('request', (req, res) => {
    if (trouble.callback && req.url?.includes('/callback?') === true) res.writeHead(204).end()
    else app(req, res)
  })
  const servers = [
    runProvider(work, wire.listenedTo(createIdentityProvider(providers.work))),
    runProvider(home, wire.listenedTo(createIdentityProvider(providers.home))),
  ] as const
  return {
    url,
    providers,
    trouble,
    wire,
    work: servers[0],
    home: servers[1],
    browser: () => createBrowser(url),
    events: () => readEvents(audit),
    ledgerText: () => readText(store),
    async close() {
      board.close().closeAllConnections()
      await Promise.all(servers.map((one) => one.stop()))
      await audit.close()
      await Promise.all([store.close(), subjects.close()])
    },
  }
}

async function readEvents(audit: Audit): Promise<readonly LedgerEvent[]> {
  const { events } = await audit.query({}, { limit: 1_000 })
  return events.toReversed()
}

async function readText(store: Store): Promise<string> {
  const entries = await store.read(0, 4_000)
  return entries.map(({ bytes }) => Buffer.from(bytes).toString('utf8')).join('\n')
}

type ExpressStore = ReturnType<typeof createSessionStore>

/** A session store whose database goes away in the middle of things. */
function breakable(store: ExpressStore, trouble: Trouble): ExpressStore {
  const set = store.set.bind(store)
  const destroy = store.destroy.bind(store)
  const down = new Error('connect ECONNREFUSED postgres://board:hunter2@10.0.0.1')
  store.set = (id, session, done) => (trouble.save ? done?.(down) : set(id, session, done))
  store.destroy = (id, done) => (trouble.destroy ? done?.(down) : destroy(id, done))
  return store
}

function createTestKeyring(): ReturnType<typeof createKeyring> {
  const purposes = ['seal', 'pseudonym', 'sign'] as const
  return createKeyring({
    keys: purposes.map((purpose, index) => ({ id: `key0000${index}`, purpose, secret: randomBytes(32) })),
  })
}

function runProvider(first: Server, listener: RequestListener): RunningProvider {
  const visits: string[] = []
  const issuer = addressOf(first)
  const serve: RequestListener = (req, res) => {
    const path = (req.url ?? '').replace(/\?.*/, '')
    if (req.headers['sec-fetch-mode'] === 'navigate') visits.push(path)
    listener(req, res)
  }
  let server: Server | undefined = first.on('request', serve)
  return {
    issuer,
    visits,
    async stop() {
      const closed = server?.listening === true ? once(server, 'close') : undefined
      server?.close().closeAllConnections()
      server = undefined
      await closed
    },
    async start() {
      server = (await listen(Number(new URL(issuer).port))).on('request', serve)
    },
  }
}

async function listen(port = 0): Promise<Server> {
  const server = createServer().listen(port, 'localhost')
  await once(server, 'listening')
  return server
}

function addressOf(server: Server): string {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('addressOf: no port')
  return `http://localhost:${address.port}`
}
