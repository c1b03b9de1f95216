import { manualClock } from '@sallyport/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { codeOf, startWorld } from '../../test/world.ts'
import { TRANSACTION_MS } from './transactions.ts'
import type { World } from '../../test/world.ts'

const clock = manualClock()
let world: World
beforeAll(async () => {
  world = await startWorld({ clock })
})
afterAll(() => world.close())

describe('an answer', () => {
  test('F-25 is good once for as long as its sign-in lives, to its last second', async () => {
    const [browser, thief] = [world.browser(), world.browser()]
    const begun = await browser.get('/auth/login')
    const stolen = begun.headers.getSetCookie().map((cookie) => cookie.split(';', 1)[0] ?? '')
    clock.advance(TRANSACTION_MS - 2_000)
    const form = (await browser.follow(begun)).form('/interaction/')
    const sent = await browser.submit(form, { username: 'ada', password: 'correct horse' })
    const { location = '' } = await browser.follow(sent, (address) => address.startsWith(`${world.url}/auth/callback`))

    const first = await browser.get(location)
    clock.advance(1_000)
    const second = await thief.get(location, { cookie: stolen.join('; ') })

    expect([first.status, first.location]).toEqual([303, `${world.url}/`])
    expect([second.status, codeOf(second)]).toEqual([400, 'ERR_OIDC_TRANSACTION_USED'])
  })
})
