import { describe, expect, test } from 'vitest'

import { coreOf } from '../../test/core.ts'
import { openWorld } from '../../test/world.ts'
import { notifyUser } from './notices.ts'
import type { Notice } from './options.ts'

const TOLD = { user: 'ann', account: 'ann@example.com', about: 'authenticator.reset' } as const

describe('notifyUser', () => {
  test('v5.0.0-6.3.7 tells the person and the ledger, without a request too', async () => {
    const world = await openWorld()
    const sent: Notice[] = []

    await notifyUser(coreOf(world, { notify: async (notice) => void sent.push(notice) }), TOLD)

    expect(sent).toEqual([{ ...TOLD, at: world.clock.now() }])
    expect(await world.events('notification.sent')).toMatchObject([
      { outcome: 'success', data: { about: 'authenticator.reset' } },
    ])
  })

  test.each([
    ['rejects', async () => await Promise.reject(new Error('no mail today'))],
    [
      'throws',
      () => {
        throw new Error('no mail today')
      },
    ],
  ])('undoes nothing when the application’s function %s, and says so in the ledger', async (_how, notify) => {
    const world = await openWorld()

    await notifyUser(coreOf(world, { notify }), TOLD)

    expect(await world.events('notification.sent')).toEqual([])
    expect(await world.events('notification.failed')).toMatchObject([{ outcome: 'failure' }])
  })

  test('neither sends nor records where the application sends no notices', async () => {
    const world = await openWorld()

    await notifyUser(coreOf(world), TOLD)

    expect(await world.events('notification.sent', 'notification.failed')).toEqual([])
  })
})

describe('StepUp.tell', () => {
  async function told(user: string | undefined): Promise<readonly unknown[]> {
    const sent: Notice[] = []
    const world = await openWorld({
      stepUp: { notify: async (notice) => void sent.push(notice) },
      routes: (app, { stepUp }) => {
        app.post('/linked', async (req, res) => {
          await stepUp.tell(req, 'account.linked')
          res.json({})
        })
      },
    })
    const person = world.person()
    if (user !== undefined) await person.signIn(user)
    sent.length = 0
    await person.post('/linked')
    return [sent.map(({ about, ...who }) => [about, who.user]), await world.events('notification.sent')]
  }

  test('v5.0.0-6.3.7 tells the holder of the session of a change that another part made', async () => {
    expect(await told('ann')).toEqual([
      [['account.linked', 'ann']],
      [expect.objectContaining({ actor: expect.objectContaining({}), data: { about: 'account.linked' } })],
    ])
  })

  test('tells nobody where nobody is signed in', async () => {
    expect(await told(undefined)).toEqual([[], []])
  })
})
