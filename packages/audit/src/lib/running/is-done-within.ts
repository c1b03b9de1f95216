/**
 * Waits for a piece of work, but not for ever: beyond the time it is left to itself.
 *
 * @param milliseconds How long to wait.
 * @param work What is waited for; its rejection counts as done.
 * @returns Whether it was done in time.
 */
export async function isDoneWithin(milliseconds: number, work: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const spent = new Promise<false>((resolve) => {
    timer = setTimeout(resolve, milliseconds, false)
  })
  const done = work.then(
    () => true,
    () => true,
  )
  const isDone = await Promise.race([done, spent])
  clearTimeout(timer)
  return isDone
}
