import type { Place } from '@sallyport/audit/context'
import { failedFunction } from './misuse.ts'
import type { Misuse } from './misuse.ts'
import { placeFrom } from './place-value.ts'

/** Finds the place of an address; never throws. */
export type PlaceFinder = (ip: string) => Place | undefined

/**
 * Makes the application's function safe to ask in front of every request.
 *
 * @param place The option of `requestContext`.
 * @param report Told of a function that throws or answers later.
 * @returns A function that gives only what has the right form.
 */
export function createPlaceFinder(
  place: ((ip: string) => Place | undefined) | undefined,
  report: (problem: Misuse) => void,
): PlaceFinder {
  if (place === undefined) return () => undefined
  return function placeOf(ip) {
    try {
      const claimed: unknown = place(ip)
      if (typeof claimed !== 'object' || claimed === null) return undefined
      if (!('then' in claimed)) return placeFrom(claimed)
      // Nobody waits for it, and its failure must not end the process.
      Promise.resolve(claimed).catch(() => undefined)
    } catch {
      // Falls through to the report.
    }
    report(failedFunction('place'))
    return undefined
  }
}
