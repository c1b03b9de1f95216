import type { Clock } from '../system.ts'

/** Is told of every answer of the provider, as soon as its head is there. */
export type OnAnswer = (headers: Headers, tookMs: number) => void

// The one form of a date that is still sent (RFC 9110 §5.6.7).
const DATE = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/
const PAUSE_MS = 60_000
// An answer that took longer says too little of what time it is there.
const QUICK_MS = 2_000

/**
 * Tells what time the provider has, at most once a minute, from the `Date` of its answers.
 *
 * @param clock By which a minute is measured.
 * @param tell Gets the provider's time in milliseconds since the epoch, exact to a second; controlled by the provider.
 * @returns Takes the head of each answer.
 */
export function createProviderTime(clock: Clock, tell: (at: number) => void): OnAnswer {
  let toldAt = Number.NEGATIVE_INFINITY
  return (headers, tookMs) => {
    const now = clock.now()
    // Also where the clock was put back meanwhile.
    if (Math.abs(now - toldAt) < PAUSE_MS || tookMs > QUICK_MS) return
    const at = dateOf(headers)
    if (at === undefined) return
    toldAt = now
    tell(at)
  }
}

/** When an answer was made; of one that a cache has kept nobody knows how long that is ago. */
function dateOf(headers: Headers): number | undefined {
  const date = headers.get('date')
  if (date === null || !DATE.test(date) || (headers.get('age') ?? '0') !== '0') return undefined
  const at = Date.parse(date)
  return Number.isNaN(at) ? undefined : at
}
