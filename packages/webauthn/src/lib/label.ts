import type { AuthenticatorData } from './authenticator-data.ts'

const PLUGGED = ['ble', 'nfc', 'smart-card', 'usb']

/**
 * Names a new authenticator until its owner does: a security key is what is plugged in or held to the device, is not part of it,
 * and cannot be backed up; everything else is a passkey.
 */
export function defaultLabel(transports: readonly string[], data: AuthenticatorData): string {
  const isKey = transports.some((name) => PLUGGED.includes(name)) && !transports.includes('internal')
  return isKey && !data.backupEligible ? 'Security key' : 'Passkey'
}
