import type { RandomBytes } from './system.ts'

/** 400 days in seconds: the longest that browsers keep a cookie. */
const MAX_AGE_SECONDS = 400 * 24 * 60 * 60
const VALUE_BYTES = 32

// Node refuses longer headers by default; an application that allows more does not make us read them.
const MAX_HEADER = 16_384

/**
 * Reads the device cookie out of a `Cookie` header.
 *
 * @param header The whole header, controlled by the client.
 * @param name The cookie's full name.
 * @returns Its value, or `undefined` when there is none, more than one, or one that this package did not write.
 * @see RFC 6265 §5.4
 */
export function readDeviceCookie(header: string | undefined, name: string): string | undefined {
  if (header === undefined || header.length > MAX_HEADER) return undefined
  const prefix = `${name}=`
  const found = header
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(prefix))
  const value = found[0]?.slice(prefix.length)
  return found.length === 1 && value !== undefined && isDeviceValue(value) ? value : undefined
}

/**
 * Makes the value of a new device cookie: 256 random bits, base64url.
 *
 * @param randomBytes The randomness.
 * @returns 43 characters.
 */
export function newDeviceValue(randomBytes: RandomBytes): string {
  return Buffer.from(randomBytes(VALUE_BYTES)).toString('base64url')
}

/**
 * Writes the `Set-Cookie` header of the device cookie.
 *
 * @param cookie Its full name and whether the origin is https.
 * @param value From `newDeviceValue`.
 * @returns The header's value: `HttpOnly`, `SameSite=Lax`, 400 days.
 */
export function formatDeviceCookie(cookie: { readonly name: string; readonly secure: boolean }, value: string): string {
  const secure = cookie.secure ? '; Secure' : ''
  return `${cookie.name}=${value}; Path=/; Max-Age=${MAX_AGE_SECONDS}; HttpOnly; SameSite=Lax${secure}`
}

function isDeviceValue(value: string): boolean {
  if (value.length !== 43) return false
  const bytes = Buffer.from(value, 'base64url')
  return bytes.length === VALUE_BYTES && bytes.toString('base64url') === value
}
