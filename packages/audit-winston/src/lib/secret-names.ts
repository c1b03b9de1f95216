import { constants } from 'node:os'

const MAX_NAME = 200
const ANYWHERE =
  /password|passwd|passphrase|passcode|secret|token|cookie|authorization|credential|apikey|privatekey|jwt/
const ENDS = [
  /(?:recovery|backup|verification|onetime|sms|auth|login|security|confirmation|mfa|access|pin|challenge)codes?$/,
  /(?:otp|hotp|device|user|email|factor)codes?$/,
  /(?:signing|encryption|setup|auth|access|shared|master|hmac)keys?$/,
  /sess(?:ion)?id$/,
  /(?:db|user|smtp|ldap|proxy)pass$/,
]
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
  'bearer',
])
// `bypass` is one word, `mfa_required` says nothing secret.
const LAST_WORDS = new Set(['pass', 'mfa'])
const WHOLE = new Set(['code', 'codes', 'connectsid'])

/**
 * Tells whether what stands under a name must not be logged: `password`, `newPassword`, `id_token`, `set-cookie`, `code`,
 * `otpCode` and their like, in any spelling.
 *
 * @param name The name of a member, header, field or parameter; of a very long one its first 200 characters count.
 */
export function isSecretName(name: string): boolean {
  const words = wordsOf(name)
  const joined = words.join('')
  if (ANYWHERE.test(joined) || WHOLE.has(joined) || ENDS.some((end) => end.test(joined))) return true
  return words.some((word) => WORDS.has(word)) || LAST_WORDS.has(words.at(-1) ?? '')
}

/**
 * Tells whether a value must not be logged under a name that says nothing by itself: `auth` with `user:password`, as Node and
 * its clients take it, and `state` with what an OAuth client draws, 16 or more characters of base64url.
 *
 * @param name As for `isSecretName`.
 * @param value How the text under the name begins; 512 characters are enough.
 */
export function isSecretUnder(name: string, value: string): boolean {
  if (isStateName(name)) return /^[\w-]{16}/.test(value)
  return /(?:^|[^A-Za-z]|[a-z\d](?=A))(?:[Aa]uth|AUTH)$/.test(name) && /^[^\s:"'&;,<>]{0,256}:(?!\/\/)\S/.test(value)
}

/** Tells whether a name may be that of the `state` of OAuth. */
export function isStateName(name: string): boolean {
  return /^(?:(?:oauth|oidc|auth)_?)?state$/i.test(name)
}

function wordsOf(name: string): readonly string[] {
  return name
    .slice(0, MAX_NAME)
    .replaceAll(/(?<=[a-z\d])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])/g, ' ')
    .toLowerCase()
    .split(/[^a-z]+/)
    .filter((word) => word !== '')
}

/** Tells whether a value under the name `code` is what Node and libraries put there, such as `ECONNREFUSED`. */
export function isErrorCode(value: unknown): boolean {
  if (typeof value !== 'string' || value.length > MAX_NAME) return false
  return value in constants.errno || /^(?:ERR|E)_[A-Z0-9_]+$/.test(value)
}
