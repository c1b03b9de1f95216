/** A number of callers who work off a count together, each one call at a time. */
export interface Callers {
  readonly callers: number
  /** How many calls are made. */
  readonly calls: number
  readonly call: (count: number) => Promise<unknown>
}

/** Makes all the calls; each caller makes its next one as soon as its last one was answered. */
export async function callTogether({ callers, calls, call }: Callers): Promise<void> {
  let next = 0
  const work = async (): Promise<void> => {
    while (next < calls) await call(next++)
  }
  await Promise.all(Array.from({ length: callers }, work))
}
