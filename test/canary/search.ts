import { formsOf } from './forms.ts'

/** A secret, and what kind of secret it is. */
export interface Canary {
  readonly kind: string
  readonly secret: string | Uint8Array
}

/** Where a secret stands. */
export interface Hit {
  readonly canary: Canary
  readonly form: string
  /** The bytes around it, printable. */
  readonly around: string
}

/** Looks for all canaries in some bytes; tells of each canary and form once. */
export type Search = (bytes: Uint8Array) => readonly Hit[]

interface Pattern {
  readonly canary: Canary
  readonly form: string
  readonly bytes: Buffer
}

/** Prepares the search for canaries in every form: one walk over the bytes, however many canaries there are. */
export function createSearch(canaries: readonly Canary[]): Search {
  const starts = startsOf(canaries.flatMap(patternsOf))
  return (bytes) => {
    const folded = fold(Buffer.from(bytes))
    const found = new Map<Pattern, string>()
    for (const view of [folded, squeeze(folded)]) look(view, starts, found)
    return [...found].map(([{ canary, form }, around]) => ({ canary, form, around }))
  }
}

interface Starts {
  readonly patterns: ReadonlyMap<number, readonly Pattern[]>
  /** Tells quickly of most places that nothing starts there. */
  readonly filter: Uint8Array
}

function look(bytes: Buffer, { patterns, filter }: Starts, found: Map<Pattern, string>): void {
  for (let at = 0; at + 3 <= bytes.length; at += 1) {
    const start = startAt(bytes, at)
    if (filter[slotOf(start)] === 0) continue
    for (const pattern of patterns.get(start) ?? []) {
      if (found.has(pattern) || !standsAt(bytes, pattern, at)) continue
      found.set(pattern, printable(bytes.subarray(Math.max(0, at - 60), at + pattern.bytes.length + 30)))
    }
  }
}

function patternsOf(canary: Canary): readonly Pattern[] {
  return formsOf(canary.secret).map(({ name, bytes }) => ({ canary, form: name, bytes: fold(bytes) }))
}

function startsOf(patterns: readonly Pattern[]): Starts {
  const filter = new Uint8Array(1 << 16)
  const byStart = new Map<number, Pattern[]>()
  for (const pattern of patterns) {
    const start = startAt(pattern.bytes, 0)
    filter[slotOf(start)] = 1
    byStart.set(start, [...(byStart.get(start) ?? []), pattern])
  }
  return { patterns: byStart, filter }
}

function slotOf(start: number): number {
  return (start ^ (start >> 7)) & 0xffff
}

function startAt(bytes: Buffer, at: number): number {
  return ((bytes[at] ?? 0) << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0)
}

function standsAt(bytes: Buffer, { bytes: its }: Pattern, at: number): boolean {
  const end = at + its.length
  if (end > bytes.length || bytes.compare(its, 0, its.length, at, end) !== 0) return false
  // A code is no code in the middle of a longer number, such as a time.
  return !its.every(isDigit) || !(isDigit(bytes[at - 1]) || isDigit(bytes[end]))
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39
}

/** Letters in lower case, all other bytes as they are. */
function fold(bytes: Buffer): Buffer {
  const folded = Buffer.from(bytes)
  for (let at = 0; at < folded.length; at += 1) {
    const byte = folded[at] ?? 0
    if (byte >= 0x41 && byte <= 0x5a) folded[at] = byte + 0x20
  }
  return folded
}

/** Without white space. */
function squeeze(bytes: Buffer): Buffer {
  const squeezed = Buffer.alloc(bytes.length)
  let length = 0
  for (const byte of bytes) {
    if (byte !== 0x20 && (byte < 0x09 || byte > 0x0d)) squeezed[length++] = byte
  }
  return squeezed.subarray(0, length)
}

function printable(bytes: Buffer): string {
  return bytes.toString('latin1').replace(/[^\x20-\x7e]/g, '.')
}
