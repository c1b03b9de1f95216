/** A map that forgets its oldest entries: a cache whose loss costs time and nothing else. */
export class BoundedMap<K, V> {
  readonly #entries = new Map<K, V>()
  readonly #limit: number

  /** @param limit How many entries are kept, at least 1. */
  constructor(limit: number) {
    this.#limit = limit
  }

  /** Gives the value of a key, or `undefined`. */
  get(key: K): V | undefined {
    return this.#entries.get(key)
  }

  /** Tells whether a key is known. */
  has(key: K): boolean {
    return this.#entries.has(key)
  }

  /** Sets a value and forgets the oldest entry above the limit. */
  set(key: K, value: V): void {
    this.#entries.set(key, value)
    if (this.#entries.size <= this.#limit) return

    const oldest = this.#entries.keys().next()
    if (!oldest.done) this.#entries.delete(oldest.value)
  }

  /** Forgets a key. */
  delete(key: K): void {
    this.#entries.delete(key)
  }
}
