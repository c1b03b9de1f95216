import type { FactorOutcome } from '@sallyport/step-up/factor'

/** Why an answer is refused: one of the ledger's reasons. */
export type Reason = Extract<FactorOutcome, { readonly ok: false }>['reason']

/** One thing that has to hold; it gives the reason when it does not. */
export type Check<Ceremony> = (ceremony: Ceremony) => Reason | undefined

/**
 * Makes checks in their order, up to the first that does not hold.
 *
 * @param checks What has to hold.
 * @param ceremony What is judged.
 * @returns The reason of the first that does not hold, or `undefined` when all do.
 */
export function firstRefusal<Ceremony>(checks: readonly Check<Ceremony>[], ceremony: Ceremony): Reason | undefined {
  for (const check of checks) {
    const reason = check(ceremony)
    if (reason !== undefined) return reason
  }
  return undefined
}
