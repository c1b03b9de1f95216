import type { Decision } from './decide.ts'
import type { Finding } from './findings.ts'

const LACKS = {
  phishing_resistant: 'phishing-resistant',
  user_verified: 'user-verified',
  device_bound: 'device-bound',
  acr: 'of the wanted authentication context',
} as const

/**
 * Says in one English sentence why a decision fell as it did, for logs and reports.
 *
 * It is made of the names of factors, fixed words and ages: nothing of the request, and nothing that a person or an identity
 * provider wrote, can stand in it.
 *
 * @param decision What `decide` returned.
 * @example
 * explain(decide(requirement, evidence, now))
 * // 'The requirement is not satisfied: webauthn was not proved, and totp was proved 412 seconds ago, which is too long.'
 */
export function explain(decision: Decision): string {
  if (decision.satisfied)
    return `The requirement is satisfied by ${decision.by.map(({ factor }) => factor).join(' and ')}.`
  return `The requirement is not satisfied: ${decision.because.map(clauseOf).join(', and ')}.`
}

function clauseOf({ factor, shortfall, lacks, ageMs }: Finding): string {
  const what = factor ?? 'a strong factor'
  if (shortfall === 'missing') return `${what} was not proved`
  if (shortfall === 'too_weak')
    return `the proof of ${what} was not ${(lacks ?? []).map((name) => LACKS[name]).join(' and ')}`
  if (ageMs === undefined) return `${what} was proved at a time that is unknown or in the future`
  return `${what} was proved ${Math.floor(ageMs / 1_000)} seconds ago, which is too long`
}
