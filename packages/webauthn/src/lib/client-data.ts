import { decodeBase64url } from './base64url.ts'

/** What the browser says of a ceremony (WebAuthn L3 §5.8.1), with the members that are judged. */
export interface ClientData {
  readonly type: string
  readonly challenge: Uint8Array
  readonly origin: string
  readonly crossOrigin: boolean
  readonly topOrigin?: string
}

const MAX_CHALLENGE_BYTES = 256

/**
 * Reads the client data: UTF-8, with or without a byte order mark, and JSON. Members may come in any order, and unknown ones.
 *
 * @param bytes Controlled by the client until a signature over their hash holds.
 * @returns The judged members, or `undefined` when they are not of their types.
 */
export function parseClientData(bytes: Uint8Array): ClientData | undefined {
  const members = parseObject(bytes)
  if (members === undefined) return undefined
  const { type, challenge: text, origin, crossOrigin = false, topOrigin } = members
  const challenge = decodeBase64url(text, MAX_CHALLENGE_BYTES)
  if (typeof type !== 'string' || typeof origin !== 'string' || challenge === undefined) return undefined
  if (typeof crossOrigin !== 'boolean' || (topOrigin !== undefined && typeof topOrigin !== 'string')) return undefined
  return { type, challenge, origin, crossOrigin, ...(topOrigin === undefined ? {} : { topOrigin }) }
}

interface Members {
  readonly type?: unknown
  readonly challenge?: unknown
  readonly origin?: unknown
  readonly crossOrigin?: unknown
  readonly topOrigin?: unknown
}

function parseObject(bytes: Uint8Array): Members | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined
  } catch {
    return undefined
  }
}
