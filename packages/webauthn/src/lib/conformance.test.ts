import { testFactor } from '@sallyport/step-up/conformance'
import { createSoftwareAuthenticator } from '@sallyport/testing'
import { optionsOf, ORIGIN, RP_ID } from '../../test/passkeys.ts'
import { webauthn } from './webauthn.ts'

testFactor('webauthn()', () => webauthn({ rpId: RP_ID }), {
  async enrol({ view }) {
    const device = createSoftwareAuthenticator()
    return { input: { credential: JSON.stringify(device.create(optionsOf(view), ORIGIN)) }, device }
  },
  prove: async (device, { view }) => ({ credential: JSON.stringify(device.get(optionsOf(view), ORIGIN)) }),
  goodFor: 'one_challenge',
  secrets: () => [],
})
