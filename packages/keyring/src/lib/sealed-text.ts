/** What a sealed text holds: which key made it, and the bytes. */
export interface SealedText {
  readonly keyId: string
  readonly bytes: Uint8Array
}

// 1 MiB and its overhead in base64url, and the key id before it.
const MAX_SEALED = 1_500_000
const FORM = /^([A-Za-z0-9_-]{1,64})\.([A-Za-z0-9_-]+)$/

/** Formats key id and bytes as `<key id>.<base64url>`: safe in cookies, URLs and JSON. */
export function formatSealed(sealed: SealedText): string {
  return `${sealed.keyId}.${Buffer.from(sealed.bytes).toString('base64url')}`
}

/** Parses what `formatSealed` gives and nothing else; `undefined` for any other text. */
export function parseSealed(text: string): SealedText | undefined {
  const [, keyId, base64url] = text.length <= MAX_SEALED ? (FORM.exec(text) ?? []) : []
  if (keyId === undefined || base64url === undefined) return undefined
  const sealed = { keyId, bytes: Buffer.from(base64url, 'base64url') }
  // The last character may hold bits that no byte uses: only the one spelling with zeros there counts.
  return formatSealed(sealed) === text ? sealed : undefined
}
