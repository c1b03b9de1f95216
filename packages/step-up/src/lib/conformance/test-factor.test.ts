import { totp } from '@sallyport/totp'

import { keyFactor } from '../../../test/key-factor.ts'
import { totpCode } from '../../../test/totp-code.ts'
import { testFactor } from '../../conformance.ts'
import type { ViewBlock } from '../types.ts'

testFactor('totp()', () => totp(), {
  goodFor: 'one_use',
  enrol: async ({ view, now }) => {
    const device = secretIn(view)
    return { input: { code: totpCode(device, now) }, device }
  },
  prove: async (device, { now }) => ({ code: totpCode(device, now) }),
  secrets: ({ state }) => [textIn(state, 'secret')],
})

testFactor('the stand-in for a passkey', () => keyFactor(), {
  goodFor: 'always',
  enrol: async ({ view }) => ({ input: { code: secretIn(view) }, device: secretIn(view) }),
  prove: async (device) => ({ code: device }),
  secrets: ({ state }) => [textIn(state, 'secret')],
})

function secretIn(view: readonly ViewBlock[]): string {
  return view.flatMap((block) => (block.kind === 'secret' ? [block.text.replaceAll(' ', '')] : [])).at(0) ?? ''
}

function textIn(state: unknown, name: string): string {
  const text: unknown = typeof state === 'object' && state !== null ? Reflect.get(state, name) : undefined
  return typeof text === 'string' ? text : ''
}
