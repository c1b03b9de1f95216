/** What the software authenticator writes as CBOR. */
export type Encodable =
  | number
  | string
  | boolean
  | Uint8Array
  | readonly Encodable[]
  | ReadonlyMap<number | string, Encodable>

/**
 * Writes a value as CBOR (RFC 8949), numbers and lengths as short as they can be. Members of maps stay in their order.
 *
 * @param value Whole numbers of at most 32 bits, texts, bytes, booleans, lists and maps.
 * @returns The bytes.
 */
export function encodeCbor(value: Encodable): Buffer {
  if (typeof value === 'number') return value < 0 ? head(1, -1 - value) : head(0, value)
  if (typeof value === 'boolean') return Buffer.from([value ? 0xf5 : 0xf4])
  if (typeof value === 'string') return Buffer.concat([head(3, Buffer.byteLength(value)), Buffer.from(value)])
  if (value instanceof Uint8Array) return Buffer.concat([head(2, value.length), value])
  if (value instanceof Map) {
    const members = [...value].flatMap(([key, member]) => [encodeCbor(key), encodeCbor(member)])
    return Buffer.concat([head(5, value.size), ...members])
  }
  const items = Array.isArray(value) ? value : []
  return Buffer.concat([head(4, items.length), ...items.map(encodeCbor)])
}

function head(kind: number, count: number): Buffer {
  const first = kind << 5
  if (count < 24) return Buffer.from([first | count])
  if (count < 0x100) return Buffer.from([first | 24, count])
  if (count < 0x1_0000) return Buffer.from([first | 25, count >> 8, count & 0xff])
  const long = Buffer.from([first | 26, 0, 0, 0, 0])
  long.writeUInt32BE(count, 1)
  return long
}
