import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { createMemoryStore } from '@sallyport/store'

import { openWorld } from '../../test/world.ts'
import { uniqueKey } from './authenticators.ts'

describe('uniqueKey', () => {
  test('is the name itself for what passkeys are called', () => {
    expect(uniqueKey('webauthn', 'a-Z_09')).toEqual(['unique', 'webauthn', 'a-Z_09'])
  })

  test('v5.0.0-2.2.1 makes a key that the store takes of whatever a client calls a passkey (property)', async () => {
    const store = createMemoryStore()
    const name = fc.oneof(fc.string({ unit: 'binary', maxLength: 40 }), fc.string({ minLength: 500, maxLength: 2_000 }))

    await fc.assert(
      fc.asyncProperty(name, async (text) => {
        expect(await store.get([uniqueKey('webauthn', text)])).toEqual([undefined])
      }),
    )
  })

  test('never gives two names one key (property)', () => {
    const name = fc.string({ unit: fc.constantFrom('a', '#', ' ', '='), minLength: 1, maxLength: 6 })

    fc.assert(
      fc.property(name, name, (one, other) => {
        expect(String(uniqueKey('webauthn', one)) === String(uniqueKey('webauthn', other))).toBe(one === other)
      }),
    )
  })
})

describe('what a person calls an authenticator', () => {
  test('LOG-03 stands in the store sealed, for this record alone, and is shown to its owner', async () => {
    const world = await openWorld()
    const ann = world.person()
    await ann.signIn()
    const enrolled = await ann.enrol()
    const rename = `/step-up/authenticators/${String(enrolled.body['authenticator'])}/rename`

    await ann.postProving(rename, { json: { label: 'Key at home' } })

    const kept = JSON.stringify(await world.store.list(['authenticator'], { limit: 5 }))
    expect(kept).not.toContain('Key at home')
    expect((await ann.get('/step-up/authenticators')).body['authenticators']).toMatchObject([{ label: 'Key at home' }])
  })
})
