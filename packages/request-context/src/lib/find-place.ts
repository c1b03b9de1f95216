import type { Place } from '@sallyport/audit/context'
import { askFunction } from './ask-function.ts'
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
  const failed = (): void => report(failedFunction('place'))
  return function placeOf(ip) {
    return askFunction({ ask: () => place(ip), read: placeIn, failed })
  }
}

function placeIn(claimed: unknown): Place | undefined {
  return typeof claimed === 'object' && claimed !== null ? placeFrom(claimed) : undefined
}
