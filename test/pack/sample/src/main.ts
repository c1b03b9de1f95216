// What somebody may write who installs the packages: opens a ledger, guards a route, and walks through both doors.
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { openAudit } from '@sallyport/audit'
import { openKeyring } from '@sallyport/keyring'
import { openSqlite } from '@sallyport/sqlite'
import { createBrowser } from '@sallyport/testing'
import { generateSync } from 'otplib'
import { createShop } from './app.ts'

const STEP_MS = 30_000
const say = (line: string): boolean => process.stdout.write(`${line}\n`)

const keyring = await openKeyring('keys.json') // made by: sallyport keygen --origin shop.example/ledger
const store = await openSqlite({ path: 'shop.db' })
const subjects = await openSqlite({ path: 'subjects.db' })
const audit = await openAudit({ store, subjects, keyring, origin: 'shop.example/ledger', app: 'shop' })

const server = createServer()
server.listen(0, '127.0.0.1')
await once(server, 'listening')
const { port } = server.address() as AddressInfo
const origin = `http://localhost:${port}`
server.on('request', createShop({ store, audit, keyring, origin }))

try {
  await visit()
  await audit.emit('access.denied', { actor: { user: 'user-17' }, outcome: 'failure', data: { requirement: 'cellar' } })
} finally {
  server.closeAllConnections()
  server.close()
  await audit.close()
  await Promise.all([store.close(), subjects.close()])
}

async function visit(): Promise<void> {
  const browser = createBrowser(origin)
  say(`before login: ${new URL((await browser.get('/till')).location ?? origin).pathname}`)
  say(`login: ${(await browser.get('/login')).text}`)

  // Enrols with the code of the step before this one, so that the present one is still good for the door.
  const left = STEP_MS - (Date.now() % STEP_MS)
  if (left < 8_000) await setTimeout(left)
  const list = await browser.get('/step-up/authenticators')
  const enrolment = await browser.follow(await browser.submit(list.form('/totp/start')))
  const secret = (/id="totp-secret"[^>]*>([^<]+)</.exec(enrolment.text)?.[1] ?? '').replaceAll(' ', '')
  const code = (steps: number): string =>
    generateSync({ secret, epoch: Math.floor((Date.now() + steps * STEP_MS) / 1_000) })
  const enrolled = await browser.submit(enrolment.form('/totp/finish'), { code: code(-1) })
  say(`enrolment: ${enrolled.status}`)

  const challenge = await browser.follow(await browser.get('/till'))
  say(`challenge: ${challenge.text.includes('name="code"') ? 'asks for a code' : challenge.status}`)
  const till = await browser.follow(await browser.submit(challenge.form('/verify'), { code: code(0) }))
  say(`second door: ${till.text}`)
}
