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
