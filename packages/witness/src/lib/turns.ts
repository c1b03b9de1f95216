/** Lets pieces of work of one name go one after the other, and those of different names side by side. */
export class Turns {
  readonly #last = new Map<string, Promise<unknown>>()

  /** Does the work when all that was given before under this name has ended. Resolves or rejects with it. */
  async take<T>(name: string, work: () => Promise<T>): Promise<T> {
    const before = this.#last.get(name) ?? Promise.resolve()
    const turn = before.then(work)
    const quiet = turn.catch(() => undefined)
    this.#last.set(name, quiet)
    try {
      return await turn
    } finally {
      if (this.#last.get(name) === quiet) this.#last.delete(name)
    }
  }
}
