import { decodeBase64url } from './base64url.ts'

/** The answer to a registration, as `PublicKeyCredential.toJSON()` gives it; its texts are strict base64url. */
export interface RegistrationJson {
  readonly id: string
  readonly clientDataJSON: string
  readonly attestationObject: string
  readonly transports: readonly string[]
}

/** The answer to an authentication. */
export interface AuthenticationJson {
  readonly id: string
  readonly clientDataJSON: string
  readonly authenticatorData: string
  readonly signature: string
  readonly userHandle?: string
}

/** The most characters that an answer may have: what the contract of factors lets through. */
const MAX_TEXT = 32_768

/** The most bytes that each binary member may have. A credential id over 1023 is refused by a check of its own. */
export const MAX_BYTES = {
  id: 4096,
  // What proves a challenge is kept in its event: with the key, all of it together fits there.
  clientData: 1536,
  attestation: 24_576,
  authenticatorData: 768,
  signature: 768,
  handle: 64,
}

// Names such as `internal` (WebAuthn L3 §5.8.4); new ones are kept, for the browser to use.
const TRANSPORT = /^[a-z][a-z-]{0,31}$/
const MAX_TRANSPORTS = 8

/**
 * Reads the JSON text of a registration's answer. Unknown members are tolerated and dropped.
 *
 * @param text The field as it came; controlled by the client.
 * @returns The judged members, or `undefined` when one is missing, of another type, too long, or not strict base64url.
 */
export function parseRegistrationJson(text: unknown): RegistrationJson | undefined {
  const common = parseCommon(text)
  if (common === undefined) return undefined
  const { id, clientDataJSON, response } = common
  const attestationObject = binary(response['attestationObject'], MAX_BYTES.attestation)
  const transports = readTransports(response['transports'])
  if (attestationObject === undefined || transports === undefined) return undefined
  return { id, clientDataJSON, attestationObject, transports }
}

/**
 * Reads the JSON text of an authentication's answer. Unknown members are tolerated and dropped.
 *
 * @param text The field as it came; controlled by the client.
 * @returns The judged members, or `undefined` when one is missing, of another type, too long, or not strict base64url.
 */
export function parseAuthenticationJson(text: unknown): AuthenticationJson | undefined {
  const common = parseCommon(text)
  if (common === undefined) return undefined
  const { id, clientDataJSON, response } = common
  const authenticatorData = binary(response['authenticatorData'], MAX_BYTES.authenticatorData)
  const signature = binary(response['signature'], MAX_BYTES.signature)
  if (authenticatorData === undefined || signature === undefined) return undefined
  // Security keys that keep no account name none; some browsers write that as null or as nothing.
  const named = response['userHandle'] ?? ''
  if (named === '') return { id, clientDataJSON, authenticatorData, signature }
  const userHandle = binary(named, MAX_BYTES.handle)
  return userHandle === undefined ? undefined : { id, clientDataJSON, authenticatorData, signature, userHandle }
}

type Members = Readonly<Record<string, unknown>>

function parseCommon(text: unknown): { id: string; clientDataJSON: string; response: Members } | undefined {
  if (typeof text !== 'string' || text.length > MAX_TEXT) return undefined
  const members = parseObject(text)
  const response = members?.['response']
  if (members === undefined || !isObject(response) || members['type'] !== 'public-key') return undefined
  const id = binary(members['id'], MAX_BYTES.id)
  const clientDataJSON = binary(response['clientDataJSON'], MAX_BYTES.clientData)
  if (id === undefined || clientDataJSON === undefined || members['rawId'] !== id) return undefined
  return { id, clientDataJSON, response }
}

function parseObject(text: string): Members | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

function isObject(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function binary(value: unknown, maxBytes: number): string | undefined {
  const bytes = decodeBase64url(value, maxBytes)
  return typeof value === 'string' && bytes !== undefined && bytes.length > 0 ? value : undefined
}

function readTransports(value: unknown): readonly string[] | undefined {
  if (value === undefined || value === null) return []
  if (!Array.isArray(value) || value.length > MAX_TRANSPORTS) return undefined
  const names = value.filter((name) => typeof name === 'string' && TRANSPORT.test(name))
  return names.length === value.length ? [...new Set<string>(names)].toSorted() : undefined
}
