import { createHash } from 'node:crypto'

/**
 * Writes the tlog-tiles layout of a log from its definition alone, without anything of the code under test: every hash is
 * computed anew from the entries below it.
 */
export function naiveLayout(entries: readonly Uint8Array[]): ReadonlyMap<string, Buffer> {
  const files = new Map<string, Buffer>()
  let hashes = entries.map((entry) => sha256(Buffer.of(0), entry))
  const bundles = entries.map((entry) => Buffer.concat([Buffer.of(entry.length >> 8, entry.length & 255), entry]))
  put(files, 'entries', bundles)
  for (let level = 0; hashes.length > 0; level++) {
    put(files, String(level), hashes)
    const full = Math.floor(hashes.length / 256)
    hashes = Array.from({ length: full }, (_, at) => rootOf(hashes.slice(at * 256, at * 256 + 256)))
  }
  return files
}

function put(files: Map<string, Buffer>, level: string, parts: readonly Buffer[]): void {
  for (let tile = 0; tile * 256 < parts.length; tile++) {
    const row = parts.slice(tile * 256, tile * 256 + 256)
    const digits = String(tile).padStart(tile < 1_000 ? 3 : 6, '0')
    const place = tile < 1_000 ? digits : `x${digits.slice(0, 3)}/${digits.slice(3)}`
    files.set(`tile/${level}/${place}${row.length === 256 ? '' : `.p/${row.length}`}`, Buffer.concat(row))
  }
}

function rootOf(hashes: readonly Buffer[]): Buffer {
  const [first, second] = hashes
  if (first === undefined || second === undefined) return first ?? Buffer.alloc(0)
  const half = hashes.length / 2
  return sha256(Buffer.of(1), rootOf(hashes.slice(0, half)), rootOf(hashes.slice(half)))
}

function sha256(...parts: readonly Uint8Array[]): Buffer {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest()
}
