/** Does something many times at once, and gives what came of each. */
export async function raceOf<T>(times: number, attempt: (turn: number) => Promise<T>): Promise<readonly T[]> {
  return await Promise.all(Array.from({ length: times }, (_, turn) => attempt(turn)))
}
