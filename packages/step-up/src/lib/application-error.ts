/** Carries an error of the application's own code past the translation of ours: it is not the second door that failed. */
export class ApplicationError extends Error {
  override readonly name = 'ApplicationError'

  constructor(cause: unknown) {
    super('The application threw.', { cause })
  }
}

/**
 * Asks a function that the application gave.
 *
 * @throws `ApplicationError` with whatever it threw as `cause`.
 */
export async function askApplication<T>(ask: () => T | Promise<T>): Promise<T> {
  try {
    return await ask()
  } catch (cause) {
    throw new ApplicationError(cause)
  }
}
