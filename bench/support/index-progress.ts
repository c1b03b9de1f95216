import { DatabaseSync } from 'node:sqlite'

// The newest entries, less than a block, are never in the index: whoever searches reads them.
const BLOCK = 256

/** Looks from outside how many entries the tag index of a store covers: no method of the store tells. */
export class IndexProgress {
  readonly #db: DatabaseSync

  constructor(path: string) {
    this.#db = new DatabaseSync(path, { readOnly: true })
  }

  /** Waits until the index covers so many entries, but for a block that is not full. */
  async reach(size: number): Promise<void> {
    const select = this.#db.prepare('SELECT indexed FROM progress WHERE level = 0')
    while (Number(select.get()?.['indexed']) <= size - BLOCK) await new Promise((resolve) => setTimeout(resolve, 1))
  }

  close(): void {
    this.#db.close()
  }
}
