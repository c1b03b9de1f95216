/** How an answer is asked for and read. */
export interface Question<T> {
  /** Calls the function of the application. */
  readonly ask: () => unknown
  /** Takes of an answer what can be used; what it throws counts as the function's own failure. */
  readonly read: (answer: unknown, failed: () => void) => T | undefined
  /** Told of a function that does not do what it should. */
  readonly failed: () => void
}

/**
 * Asks a function of the application for something that an event can do without.
 *
 * @returns What can be used of the answer, or `undefined` when there is none. Never throws.
 */
export function askFunction<T>({ ask, read, failed }: Question<T>): T | undefined {
  try {
    const answer = ask()
    if (answer === undefined || answer === null) return undefined
    if (!isThenable(answer)) return read(answer, failed)
    // Nobody waits for it, and its failure must not end the process.
    Promise.resolve(answer).catch(() => undefined)
  } catch {
    // Falls through to the report.
  }
  failed()
  return undefined
}

function isThenable(answer: unknown): boolean {
  return typeof answer === 'object' && answer !== null && 'then' in answer
}
