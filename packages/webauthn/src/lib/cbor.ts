/** A decoded CBOR item: what WebAuthn's structures are made of. */
export type Cbor = number | string | boolean | null | Uint8Array | readonly Cbor[] | CborMap

/** A CBOR map; its keys are numbers or texts, and no key stands in it twice. */
export type CborMap = ReadonlyMap<number | string, Cbor>

// CTAP2 allows four levels; an attestation statement needs three.
const MAX_DEPTH = 8

interface Reader {
  readonly bytes: Uint8Array
  readonly view: DataView
  position: number
}

class CborProblem extends Error {}

/**
 * Reads one CBOR item (RFC 8949): numbers, texts, byte strings, lists, maps and simple values, of definite length.
 *
 * @param bytes Controlled by the client.
 * @param start Where the item begins.
 * @returns The item and where it ends, or `undefined` for what is cut short, nested too deeply, or of another kind.
 */
export function decodeCbor(bytes: Uint8Array, start = 0): { readonly value: Cbor; readonly end: number } | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const reader: Reader = { bytes, view, position: start }
  try {
    return { value: readItem(reader, 0), end: reader.position }
  } catch (error) {
    if (error instanceof CborProblem) return undefined
    throw error
  }
}

/** Whether a decoded item is a map. */
export function isCborMap(value: Cbor | undefined): value is CborMap {
  return value instanceof Map
}

function readItem(reader: Reader, depth: number): Cbor {
  if (depth > MAX_DEPTH) throw new CborProblem()
  const [first = 0] = take(reader, 1)
  const kind = first >> 5
  const info = first & 0x1f
  if (kind === 7) return readSimple(reader, info)
  const count = readCount(reader, info)
  switch (kind) {
    case 0:
      return count
    case 1:
      return -1 - count
    case 2:
      return new Uint8Array(take(reader, count))
    case 3:
      return readText(take(reader, count))
    case 4:
      return readList(reader, count, depth)
    case 5:
      return readMap(reader, count, depth)
    default:
      throw new CborProblem()
  }
}

// The number in an item's head: its value, or how many bytes or members follow.
function readCount(reader: Reader, info: number): number {
  if (info < 24) return info
  const at = reader.position
  if (info > 27) throw new CborProblem()
  take(reader, 2 ** (info - 24))
  if (info === 24) return reader.view.getUint8(at)
  if (info === 25) return reader.view.getUint16(at)
  if (info === 26) return reader.view.getUint32(at)
  const count = Number(reader.view.getBigUint64(at))
  if (!Number.isSafeInteger(count)) throw new CborProblem()
  return count
}

function readSimple(reader: Reader, info: number): Cbor {
  if (info === 20 || info === 21) return info === 21
  if (info === 22 || info === 23) return null
  const at = reader.position
  if (info === 26) return take(reader, 4) && reader.view.getFloat32(at)
  if (info === 27) return take(reader, 8) && reader.view.getFloat64(at)
  throw new CborProblem()
}

function readText(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    throw new CborProblem()
  }
}

function readList(reader: Reader, count: number, depth: number): readonly Cbor[] {
  refuseMoreThanThereIs(reader, count)
  return Array.from({ length: count }, () => readItem(reader, depth + 1))
}

function readMap(reader: Reader, count: number, depth: number): CborMap {
  refuseMoreThanThereIs(reader, count * 2)
  const map = new Map<number | string, Cbor>()
  for (let index = 0; index < count; index++) {
    const key = readItem(reader, depth + 1)
    if ((typeof key !== 'number' && typeof key !== 'string') || map.has(key)) throw new CborProblem()
    map.set(key, readItem(reader, depth + 1))
  }
  return map
}

// Every item takes a byte at least: a head that promises more than is left is refused before anything is made for it.
function refuseMoreThanThereIs(reader: Reader, items: number): void {
  if (items > reader.bytes.length - reader.position) throw new CborProblem()
}

function take(reader: Reader, count: number): Uint8Array {
  const end = reader.position + count
  if (end > reader.bytes.length) throw new CborProblem()
  const taken = reader.bytes.subarray(reader.position, end)
  reader.position = end
  return taken
}
