import { once } from 'node:events'
import { createServer } from 'node:http'

import { event, openAudit } from '@sallyport/audit'
import { verifyReceipt } from '@sallyport/audit/ledger'
import { requestContext } from '@sallyport/request-context'
import express from 'express'

import type { World } from './world.ts'

/** Calls that are wrong, with secrets where they do not belong: what each of them throws is taken down. */
export async function beRefused(world: World): Promise<void> {
  const { audit, keyring, places, secrets, store, stepUp } = world
  const { passwordAsName: secret, bearer } = secrets
  // What callers without types can write.
  const calls: Readonly<Record<string, () => unknown>> = {
    'emit with a wrong field': () =>
      audit.emit('access.denied', Object({ data: { requirement: 'x', [bearer]: secret } })),
    'emit with a wrong reason': () =>
      audit.emit('access.denied', Object({ reason: secret, data: { requirement: 'x' } })),
    'emit with a wrong actor': () =>
      audit.emit('access.denied', Object({ actor: { user: 7, identity: secret }, data: {} })),
    'commit with a wrong event': () =>
      audit.commit({ writes: [], events: [event('role.changed', Object({ data: { secret } }))] }),
    'commit with a wrong write': () =>
      store.commit({ id: 'x', writes: [{ op: 'put', key: [], value: secret, expect: bearer }], entries: [] }),
    'query of an unknown user': () => audit.query({ user: '', flow: secret.repeat(99) }),
    'receipt of nothing': () => audit.receipt(secret),
    'receipt that is none': () => verifyReceipt(secret, { verifierKeys: [bearer] }),
    'unseal of nothing': () => keyring.unseal('context', secret),
    'a second ledger': () => openAudit(Object({ store, subjects: store, keyring: secret, origin: 'x', app: bearer })),
    'a lock of nobody': () => stepUp.administration.lock(`${secret}\n`, { administrator: `${bearer}\n` }),
    'a context of nobody': () => requestContext(Object({ keyring, app: { secret } })),
  }
  for (const [name, call] of Object.entries(calls)) {
    try {
      places.add(`refusal ${name}`, JSON.stringify(await call()) ?? '')
    } catch (error) {
      places.addError(`refusal ${name}`, error)
    }
  }
}

/** Where nobody is told to trust the proxy, its header is a mistake of the deployment, of which a process warning tells. */
export async function mislead({ keyring, places, secrets }: World): Promise<void> {
  const app = express()
  app.use(requestContext({ keyring, deviceCookie: { secure: false } }), (_req, res) => void res.send('hello'))
  const server = createServer(app).listen(0, '127.0.0.1')
  places.addAnswersOf(server)
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : undefined
  const warned = once(process, 'warning')
  await fetch(`http://127.0.0.1:${port}/`, { headers: secrets.headers })
  await warned
  server.close().closeAllConnections()
}
