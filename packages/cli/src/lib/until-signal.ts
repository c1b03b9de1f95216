/**
 * Makes a signal that is aborted when the process is told to stop by SIGTERM or SIGINT.
 *
 * @returns the signal, and `forget` to stop listening once nothing waits for it any more.
 */
export function untilSignal(): { readonly signal: AbortSignal; readonly forget: () => void } {
  const controller = new AbortController()
  const stop = (): void => controller.abort()
  for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, stop)
  return {
    signal: controller.signal,
    forget: () => {
      for (const name of ['SIGTERM', 'SIGINT'] as const) process.off(name, stop)
    },
  }
}
