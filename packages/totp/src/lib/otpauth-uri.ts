import { STEP_SECONDS } from './one-time-code.ts'
import type { TotpState } from './state.ts'

// UTF-8 bytes; percent-encoding triples them at worst, and the whole must stay readable as a QR code.
const MAX_ISSUER_BYTES = 64
const MAX_ACCOUNT_BYTES = 128

/**
 * Writes the URI that authenticator apps scan. Every parameter is spelt out, also where apps have a default.
 *
 * Colons in the names become spaces, since the label divides issuer and account by one; control and formatting
 * characters are left out and long names are cut.
 *
 * @param state The authenticator's secret and settings.
 * @param names The issuer (configured) and the account (controlled by the identity provider).
 * @returns The `otpauth://totp/` URI. It holds the secret: never log it.
 * @see https://github.com/google/google-authenticator/wiki/Key-Uri-Format
 */
export function formatOtpauthUri(
  state: TotpState,
  names: { readonly issuer: string; readonly account: string },
): string {
  const issuer = encodeURIComponent(plainName(names.issuer, MAX_ISSUER_BYTES))
  const account = encodeURIComponent(plainName(names.account, MAX_ACCOUNT_BYTES))
  const parameters = [
    `secret=${state.secret}`,
    ...(issuer === '' ? [] : [`issuer=${issuer}`]),
    `algorithm=${state.algorithm.replace('-', '')}`,
    `digits=${state.digits}`,
    `period=${STEP_SECONDS}`,
  ]
  return `otpauth://totp/${issuer === '' ? '' : `${issuer}:`}${account}?${parameters.join('&')}`
}

function plainName(name: string, maxBytes: number): string {
  const plain = name
    .slice(0, maxBytes)
    .replace(/[\p{Cc}\p{Cf}]/gu, '')
    .replaceAll(':', ' ')
    .replace(/\s+/gu, ' ')
    .trim()
  let kept = ''
  for (const character of plain) {
    // A lone surrogate has no UTF-8 form and would make the encoding throw.
    if (/\p{Cs}/u.test(character)) continue
    if (Buffer.byteLength(kept + character) > maxBytes) break
    kept += character
  }
  return kept
}
