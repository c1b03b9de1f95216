// A notice board that two identity providers open, and that asks for more before something is pinned on it.
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'

import { listen, openKeys, readPort, readSettings, runUntilSignal } from '@sallyport-examples/shared'
import { createIdentityProvider } from '@sallyport-examples/shared/identity-provider'
import { openAudit } from '@sallyport/audit'
import { createSessionStore } from '@sallyport/session-store'
import { openSqlite } from '@sallyport/sqlite'

import { createApp } from './app.ts'
import { describeProviders, type ExampleProviders } from './providers.ts'

// Names the ledger in everything that is signed; from configuration, never from a request.
const LEDGER = 'board.example/ledger'

await runUntilSignal('two-providers', async () => {
  const settings = await readSettings(process.env, join(import.meta.dirname, '..'))
  const ports = {
    work: readPort('WORK_PORT', process.env['WORK_PORT'] ?? '3001'),
    home: readPort('HOME_PORT', process.env['HOME_PORT'] ?? '3002'),
  }
  const { host, port } = settings
  const board = await listen({ host, port })
  const work = await listen({ host, port: ports.work, setting: 'WORK_PORT' })
  const home = await listen({ host, port: ports.home, setting: 'HOME_PORT' })

  const keyring = await openKeys(settings, LEDGER)
  const store = await openSqlite({ path: settings.file('sallyport.db') })
  const subjects = await openSqlite({ path: settings.file('subjects.db') })
  const checkpointFile = settings.file('checkpoint')
  const audit = await openAudit({ store, subjects, keyring, origin: LEDGER, app: 'board', checkpointFile })

  const origin = `http://localhost:${port}`
  const providers = describeProviders({
    origin,
    work: `http://localhost:${ports.work}`,
    home: `http://localhost:${ports.home}`,
  })
  work.serve(createIdentityProvider(providers.work))
  home.serve(createIdentityProvider(providers.home))
  // A fixed secret lets sessions survive a restart: it signs their ids.
  const sessions = { store: createSessionStore({ store }), secret: randomBytes(32).toString('base64url') }
  board.serve(createApp({ store, audit, keyring, origin, sessions }, providers))
  printReady(origin, providers, settings.dataDir)

  // From the outside in: requests under way end, the last entries are signed, then the files close.
  return async () => {
    await Promise.all([board.drain(), work.drain(), home.drain()])
    await audit.close()
    await Promise.all([store.close(), subjects.close()])
  }
})

function printReady(origin: string, { work, home }: ExampleProviders, dataDir: string): void {
  const names = (accounts: Readonly<Record<string, string>>): string => Object.keys(accounts).join(' or ')
  process.stdout.write(`
ready    ${origin}
sign in  at Work as ${names(work.accounts)}, password ${work.password}, and code ${work.secondFactor?.code} when asked for it
         at Home as ${names(home.accounts)}, password ${home.password}
try      1. sign in at Work and pin a notice: the second door sends you back to Work, for a code
         2. under Linked sign-ins, link Home: from then on it opens the same account
         3. sign out, sign in at Home, pin a notice: Home cannot confirm it, and says so once; an authenticator app can
look     npx pnpm@10 --silent sallyport query sqlite:${dataDir}/sallyport.db
check    npx pnpm@10 --silent sallyport verify sqlite:${dataDir}/sallyport.db --log-key ${dataDir}/log.pub --checkpoint ${dataDir}/checkpoint
stop     Ctrl+C

`)
}
