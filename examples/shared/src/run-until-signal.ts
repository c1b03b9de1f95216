/**
 * Starts, waits for SIGINT or SIGTERM, closes, and ends the process: with 0 when all went well, with 1 and one line when
 * it did not.
 *
 * @param name The example's, in front of that line.
 * @param start Resolves to what closes everything again.
 */
export async function runUntilSignal(name: string, start: () => Promise<() => Promise<void>>): Promise<void> {
  try {
    const signal = waitForSignal()
    const close = await start()
    await signal
    await close()
    process.exit(0)
  } catch (error) {
    process.stderr.write(`${name}: ${error instanceof Error ? error.message : String(error)}\n`)
    process.exit(1)
  }
}

function waitForSignal(): Promise<void> {
  return new Promise((resolve) => {
    // For good, not once: a terminal and a package manager may both send it, and the second must not cut the closing off.
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => resolve())
  })
}
