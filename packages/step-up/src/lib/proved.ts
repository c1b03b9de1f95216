import type { Write } from '@sallyport/store'

import { putAuthenticator, sealState, type EnrolledAuthenticator } from './authenticators.ts'
import type { Core } from './options.ts'
import { attemptGates, type Tries } from './tries.ts'
import type { Evidence, Factor, FactorOutcome } from './types.ts'

/** A factor's judgement that an answer is right, with the authenticator that gave it. */
export interface Proved {
  readonly factor: Factor
  /** None where it is given: nothing is kept of it. */
  readonly authenticator: EnrolledAuthenticator | undefined
  readonly outcome: Extract<FactorOutcome, { ok: true }>
  readonly tries: Tries
}

/** Everything that a proof showed: what its factor always shows, and what this answer added. */
export function strengthOf({ factor, outcome }: Pick<Proved, 'factor' | 'outcome'>): Evidence['strength'] {
  return [...new Set([...factor.strength, ...outcome.strength])]
}

/** Makes the evidence of a proof: by what the proof itself says, where it says so, and otherwise by what is known of its factor. */
export function evidenceOf({ factor, authenticator, outcome }: Omit<Proved, 'tries'>, now: number): Evidence {
  const { at, strong, issuer, provider, acr } = outcome.evidence ?? { at: now, strong: factor.strong }
  return {
    factor: factor.name,
    at,
    strong,
    strength: strengthOf({ factor, outcome }),
    ...(authenticator === undefined ? {} : { authenticator: authenticator.id }),
    ...(issuer === undefined ? {} : { issuer }),
    ...(provider === undefined ? {} : { provider }),
    ...(acr === undefined ? {} : { acr }),
    ...(outcome.amr === undefined ? {} : { amr: outcome.amr }),
  }
}

/** Makes what every proof writes: it passes below the limits, its browser is known from now on, its authenticator goes on from it. */
export async function provedWrites(core: Core, proved: Proved): Promise<readonly Write[]> {
  const { authenticator, outcome, tries } = proved
  if (authenticator === undefined) return givenWrites(proved)

  const { id, value, version } = authenticator
  const { user } = tries
  const state = await sealState(core, user, { id, state: outcome.next })
  const record = { ...value, state, lastUsedAt: tries.now, uses: value.uses + 1 }
  const own = tries.authenticators.filter((tried) => tried.id === id)
  return [
    ...attemptGates({ ...tries, authenticators: own }),
    ...(tries.remember === undefined ? [] : [tries.remember]),
    putAuthenticator(user, id, { record, expect: version }),
  ]
}

/** Of what is given nothing goes on. A browser is known by what was proved in it as a second factor, and not by a login. */
function givenWrites({ factor, outcome, tries }: Proved): readonly Write[] {
  const isStrong = outcome.evidence?.strong ?? factor.strong
  return [...attemptGates(tries), ...(tries.remember === undefined || !isStrong ? [] : [tries.remember])]
}
