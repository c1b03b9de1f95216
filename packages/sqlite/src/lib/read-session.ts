import type { ReadSource } from './open-reader.ts'
import type { Reader } from './reader.ts'
import { unavailable } from './sqlite-errors.ts'

/** The reading connection and its failures: after one it is closed, and the next read opens another. */
export class ReadSession {
  readonly #open: () => ReadSource
  #source: ReadSource | undefined

  constructor(open: () => ReadSource) {
    this.#open = open
  }

  /** Opens the connection now instead of at the first read. Throws `ERR_STORE_UNAVAILABLE`. */
  start(): void {
    this.read(() => undefined)
  }

  /** Reads, once more if the files turn out not to be at rest. Throws `ERR_STORE_UNAVAILABLE`. */
  read<Result>(work: (reader: Reader) => Result): Result {
    try {
      const source = (this.#source ??= this.#open())
      const result = this.#attempt(work, source.reader)
      if (!source.isStale()) return result()
    } catch (error) {
      this.close()
      throw unavailable(error)
    }
    this.close()
    return this.read(work)
  }

  close(): void {
    const source = this.#source
    this.#source = undefined
    try {
      source?.close()
    } catch {
      // Nothing more can be done with it, and nothing will be.
    }
  }

  // A torn read may also fail: that it was torn is looked at before the failure is.
  #attempt<Result>(work: (reader: Reader) => Result, reader: Reader): () => Result {
    try {
      const result = work(reader)
      return () => result
    } catch (error) {
      return () => {
        throw error
      }
    }
  }
}
