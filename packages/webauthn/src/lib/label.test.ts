import { describe, expect, test } from 'vitest'
import type { AuthenticatorData } from './authenticator-data.ts'
import { defaultLabel } from './label.ts'

function labelOf(transports: readonly string[], backupEligible = false): string {
  const flags = { userPresent: true, userVerified: true, backupEligible, backedUp: false }
  const data: AuthenticatorData = { ...flags, rpIdHash: new Uint8Array(32), signCount: 0 }
  return defaultLabel(transports, data)
}

describe('defaultLabel', () => {
  test('calls what is plugged in or held to the device a security key', () => {
    expect(labelOf(['usb'])).toBe('Security key')
    expect(labelOf(['nfc', 'ble'])).toBe('Security key')
  })

  test('calls everything else a passkey', () => {
    expect(labelOf([])).toBe('Passkey')
    expect(labelOf(['internal'])).toBe('Passkey')
    expect(labelOf(['hybrid', 'internal'])).toBe('Passkey')
    expect(labelOf(['usb', 'internal'])).toBe('Passkey')
    expect(labelOf(['usb'], true)).toBe('Passkey')
  })
})
