import { createKeyring } from '@sallyport/keyring'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { codeOf, createTestKeyring, signInAtProvider, startWorld, whoIs } from '../../test/world.ts'
import { createStepUpSeals } from './step-up/step-up-proof.ts'
import type { Keyring } from '@sallyport/keyring'
import type { World } from '../../test/world.ts'

// The keys are in a key service, which is down for a moment.
let down = false
let world: World
beforeAll(async () => {
  world = await startWorld({ keyring: serviceOver(createTestKeyring()) })
})
afterAll(() => world.close())

function serviceOver(local: Keyring): Keyring {
  const text = (sealed: Uint8Array): string => Buffer.from(sealed).toString()
  return createKeyring({
    functions: {
      seal: async (context, plaintext) => Buffer.from(await local.seal(context, plaintext)),
      unseal: async (context, sealed) => {
        if (down) throw new Error('503 Service Unavailable')
        return await local.unseal(context, text(sealed))
      },
      pseudonym: async () => [],
      sign: (message) => local.sign(message),
      publicKeys: () => local.publicKeys(),
    },
  })
}

/** While the key service is down. */
async function during<Result>(work: () => Promise<Result>): Promise<Result> {
  down = true
  try {
    return await work()
  } finally {
    down = false
  }
}

describe('a key service that is down', () => {
  test('v5.0.0-16.5.2 costs no sign-in: its answer is put off, told as such, and good when the service is back', async () => {
    const browser = world.browser()
    const callback = await signInAtProvider(world, browser)

    const meanwhile = await during(() => browser.get(callback))
    const afterwards = await browser.get(callback)

    expect([meanwhile.status, codeOf(meanwhile)]).toEqual([503, 'ERR_OIDC_STORE_UNAVAILABLE'])
    expect(world.audit.ofType('oidc.login.failed').map(({ input }) => input.reason)).toEqual(['store_unavailable'])
    expect([afterwards.status, await whoIs(browser)]).toEqual([303, expect.objectContaining({ name: 'Ada Example' })])
  })

  test('costs no sign-in of another tab either', async () => {
    const browser = world.browser()
    const callback = await signInAtProvider(world, browser)

    await during(() => browser.get('/auth/login'))
    const afterwards = await browser.get(callback)

    expect(afterwards.status).toBe(303)
  })

  test('is not taken for a forged cookie, and a forged cookie is not taken for it', async () => {
    const keyring = serviceOver(createTestKeyring())
    const seals = createStepUpSeals({ keyring, clock: { now: () => 0 } })
    const ticket = await keyring.seal('oidc.step-up-ticket', Buffer.from('{}'))

    await expect(during(() => seals.openTicket(ticket))).rejects.toMatchObject({ code: 'ERR_OIDC_STORE_UNAVAILABLE' })
    await expect(seals.openTicket('service.AAAA')).resolves.toBeUndefined()
  })
})
