import { connect } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'

import { contextOf } from '@sallyport/audit/context'
import type { EventType } from '@sallyport/audit/vocabulary'
import { describe, expect, test, vi } from 'vitest'

import { openWorld, type World } from '../../test/world.ts'

const TRIES = 120

/** Requests that their client gave up, and those of them that came as far as the gate. */
interface HungUp {
  readonly world: World
  readonly arrived: readonly string[]
}

/** Sends the same request again and again, and hangs up right after it was sent, at once or a little later. */
async function hangUpOn(store: 'memory' | 'sqlite', isElevated: boolean): Promise<HungUp> {
  const arrived: string[] = []
  const world = await openWorld({
    store,
    // Each request is looked for by itself.
    flood: { whole: TRIES },
    routes: (app, { stepUp }) => {
      app.post(
        '/hung-up',
        (req, _res, next) => {
          arrived.push(contextOf(req)?.requestId ?? '')
          next()
        },
        stepUp.requireStepUp({ name: 'hung-up' }),
        (_req, res) => void res.json({ done: true }),
      )
    },
  })
  const ann = world.person()
  if (isElevated) {
    await ann.signIn()
    await ann.enrol()
    await ann.postProving('/hung-up', { json: {} })
    arrived.length = 0
  }
  for (let turn = 0; turn < TRIES; turn += 1) await sendAndHangUp(world.url, ann.cookieHeader, turn % 6)
  await world.person().get('/me')
  return { world, arrived }
}

async function sendAndHangUp(url: string, cookie: string, afterMs: number): Promise<void> {
  const { hostname, port, host } = new URL(url)
  const socket = connect(Number(port), hostname)
  const head = ['POST /hung-up HTTP/1.1', `Host: ${host}`, `Cookie: ${cookie}`, 'Content-Length: 0', '', '']
  socket.on('error', () => undefined)
  await new Promise<void>((resolve) => {
    socket.write(head.join('\r\n'), () => resolve())
  })
  if (afterMs > 0) await pause(afterMs - 1)
  socket.destroy()
}

async function idsOf(world: World, ...types: EventType[]): Promise<readonly string[]> {
  return (await world.events(...types)).map(({ request }) => request?.id ?? '')
}

describe('a client that hangs up right after it has sent its request', () => {
  test.each(['memory', 'sqlite'] as const)(
    'cannot keep out of the ledger that it was let through, nor how that ended: %s',
    async (store) => {
      const { world, arrived } = await hangUpOn(store, true)

      expect(arrived.length).toBeGreaterThan(TRIES / 2)
      await vi.waitFor(async () => {
        const [allowed, completed] = [await idsOf(world, 'access.allowed'), await idsOf(world, 'access.completed')]
        expect(arrived.map((id) => countOf(allowed, id))).toEqual(arrived.map(() => 1))
        expect(arrived.map((id) => countOf(completed, id))).toEqual(arrived.map(() => 1))
      })
      expect(await world.verify()).toMatchObject({ verdict: 'good', problems: [] })
    },
  )

  test.each(['memory', 'sqlite'] as const)(
    'cannot keep out of the ledger that it was turned away: %s',
    async (store) => {
      const { world, arrived } = await hangUpOn(store, false)

      expect(arrived.length).toBeGreaterThan(TRIES / 2)
      await vi.waitFor(async () => {
        const denied = await idsOf(world, 'access.denied')
        expect(arrived.map((id) => countOf(denied, id))).toEqual(arrived.map(() => 1))
      })
      expect(await world.verify()).toMatchObject({ verdict: 'good', problems: [] })
    },
  )
})

function countOf(ids: readonly string[], id: string): number {
  return ids.filter((one) => one === id).length
}
