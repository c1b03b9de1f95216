/**
 * A map that forgets what was not asked for in a long time: a cache whose loss costs time and nothing else.
 *
 * It keeps two generations. When the young one is full it becomes the old one, and the old one goes: no entry is ever
 * searched for to be forgotten.
 */
export class BoundedMap<K, V> {
  readonly #limit: number
  #young = new Map<K, V>()
  #old = new Map<K, V>()

  /** @param limit How many entries a generation has, at least 1; up to twice as many are kept. */
  constructor(limit: number) {
    this.#limit = limit
  }

  /** Gives the value of a key, or `undefined`; what is asked for stays. */
  get(key: K): V | undefined {
    const young = this.#young.get(key)
    if (young !== undefined) return young

    const old = this.#old.get(key)
    if (old !== undefined) this.set(key, old)
    return old
  }

  /** Tells whether a key is known. */
  has(key: K): boolean {
    return this.get(key) !== undefined
  }

  /** Sets a value. */
  set(key: K, value: V): void {
    if (this.#young.size >= this.#limit) {
      this.#old = this.#young
      this.#young = new Map()
    }
    this.#young.set(key, value)
  }

  /** Forgets a key. */
  delete(key: K): void {
    this.#young.delete(key)
    this.#old.delete(key)
  }

  /** Forgets every key whose value is meant; looks at all of them. */
  deleteWhere(isMeant: (value: V) => boolean): void {
    for (const generation of [this.#young, this.#old]) {
      for (const [key, value] of generation) if (isMeant(value)) generation.delete(key)
    }
  }
}
