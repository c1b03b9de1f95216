import type { Evidence } from './types.ts'

/** Of one factor and authenticator: so that evidence does not grow with time. */
const MAX_PROOFS = 8

/**
 * Adds a proof to those that a session has gained since its login.
 *
 * It takes the place of an older one that shows the very same: by one authenticator or provider, at one level, of one worth.
 * A proof may come in after a newer one, since a provider says when it was: it then adds nothing, whatever it is good for. Proofs of another level stay beside it, so that routes which demand different ones do not take them from each other. Of one
 * factor and authenticator there are at most 8; the oldest go first, and never the one that is added.
 *
 * @param gained What the session has, in the order in which it was proved.
 * @param proof What was just proved, at whatever time.
 */
export function addProof(gained: readonly Evidence[], proof: Evidence): readonly Evidence[] {
  if (gained.some((one) => one.at > proof.at && showsTheSame(one, proof))) return gained

  const others = gained.filter((one) => !showsTheSame(one, proof))
  const beside = others.filter((one) => isOfTheSame(one, proof)).toSorted((a, b) => b.at - a.at)
  const dropped = new Set(beside.slice(MAX_PROOFS - 1))
  return [...others.filter((one) => !dropped.has(one)), proof]
}

function showsTheSame(a: Evidence, b: Evidence): boolean {
  return (
    isOfTheSame(a, b) &&
    a.provider === b.provider &&
    a.acr === b.acr &&
    a.strong === b.strong &&
    a.strength.length === b.strength.length &&
    a.strength.every((name) => b.strength.includes(name))
  )
}

function isOfTheSame(a: Evidence, b: Evidence): boolean {
  return a.factor === b.factor && a.authenticator === b.authenticator
}
