import { DatabaseSync } from 'node:sqlite'

/** Looks from outside how many entries the tag index of a store covers: no method of the store tells. */
export class IndexProgress {
  readonly #db: DatabaseSync

  constructor(path: string) {
    this.#db = new DatabaseSync(path, { readOnly: true })
  }

  /** Waits until the index covers so many entries. */
  async reach(size: number): Promise<void> {
    const select = this.#db.prepare('SELECT indexed FROM progress')
    while (Number(select.get()?.['indexed']) < size) await new Promise((resolve) => setTimeout(resolve, 1))
  }

  close(): void {
    this.#db.close()
  }
}
