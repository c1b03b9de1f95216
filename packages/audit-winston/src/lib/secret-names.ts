import { constants } from 'node:os'

const MAX_NAME = 200
const ANYWHERE =
  /password|passwd|passphrase|passcode|secret|token|cookie|authorization|credential|apikey|privatekey|jwt/
const CODES =
  /(?:recovery|backup|verification|onetime|sms|auth|login|security|confirmation|mfa|access|pin|challenge)codes?$/
const WORDS = new Set([
  'pwd',
  'pin',
  'otp',
  'totp',
  'hotp',
  'otpauth',
  'sid',
  'assertion',
  'verifier',
  'nonce',
  'seed',
  'csrf',
  'xsrf',
])
const WHOLE = new Set(['code', 'codes', 'pass', 'sessionid', 'connectsid'])

/**
 * Tells whether what stands under a name must not be logged: `password`, `newPassword`, `id_token`, `set-cookie`, `code`,
 * `otpCode` and their like, in any spelling.
 *
 * @param name The name of a member, header, field or parameter; of a very long one its first 200 characters count.
 */
export function isSecretName(name: string): boolean {
  const words = name
    .slice(0, MAX_NAME)
    .replaceAll(/([a-z\d])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z]+/)
    .filter((word) => word !== '')
  const joined = words.join('')
  if (ANYWHERE.test(joined) || CODES.test(joined) || WHOLE.has(joined)) return true
  return words.some((word) => WORDS.has(word))
}

/** Tells whether a value under the name `code` is what Node and libraries put there, such as `ECONNREFUSED`. */
export function isErrorCode(value: unknown): boolean {
  if (typeof value !== 'string' || value.length > MAX_NAME) return false
  return value in constants.errno || /^(?:ERR|E)_[A-Z0-9_]+$/.test(value)
}
