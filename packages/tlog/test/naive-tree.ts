import { nodeHash } from '../src/lib/hash.ts'

/** A tree computed by the definitions of RFC 6962 §2.1, with no tile. What is complete is remembered: it never changes. */
export class NaiveTree {
  readonly #leaves: readonly Uint8Array[]
  readonly #complete = new Map<string, Uint8Array>()

  constructor(leaves: readonly Uint8Array[]) {
    this.#leaves = leaves
  }

  /** MTH(D[from:to]), for a range that is not empty. */
  root(from: number, to: number): Uint8Array {
    const count = to - from
    const known = this.#complete.get(`${from}-${to}`)
    if (known !== undefined) return known
    if (count === 1) return this.#leaves[from] ?? new Uint8Array()
    const middle = from + splitOf(count)
    const hash = nodeHash(this.root(from, middle), this.root(middle, to))
    if (middle - from === to - middle) this.#complete.set(`${from}-${to}`, hash)
    return hash
  }

  /** PATH(m, D[from:to]), where m counts from the beginning of the range. */
  path(m: number, from: number, to: number): readonly Uint8Array[] {
    const count = to - from
    if (count === 1) return []
    const split = splitOf(count)
    const middle = from + split
    return m < split
      ? [...this.path(m, from, middle), this.root(middle, to)]
      : [...this.path(m - split, middle, to), this.root(from, middle)]
  }

  /** PROOF(m, D[0:n]). */
  consistency(m: number, n: number): readonly Uint8Array[] {
    return this.#subproof({ m, from: 0, to: n, whole: true })
  }

  #subproof({ m, from, to, whole }: Subproof): readonly Uint8Array[] {
    const count = to - from
    if (m === count) return whole ? [] : [this.root(from, to)]
    const split = splitOf(count)
    const middle = from + split
    return m <= split
      ? [...this.#subproof({ m, from, to: middle, whole }), this.root(middle, to)]
      : [...this.#subproof({ m: m - split, from: middle, to, whole: false }), this.root(from, middle)]
  }
}

interface Subproof {
  readonly m: number
  readonly from: number
  readonly to: number
  readonly whole: boolean
}

/** The largest power of two below a number. */
function splitOf(count: number): number {
  let split = 1
  while (split * 2 < count) split *= 2
  return split
}
