import { decide, type Evidence, type Requirement } from '@sallyport/step-up/policy'

import type { Plan } from '../support/plan.ts'
import type { Measured } from '../support/results.ts'
import { measureInterleaved } from '../support/rounds.ts'

const NOW = Date.UTC(2026, 0, 1)
const ANYTHING_STRONG: Requirement = { maxAgeMs: 300_000, anyOf: [], allOf: [], strength: [], acr: [] }

const REQUIREMENTS: Readonly<Record<string, Requirement>> = {
  'any strong factor': ANYTHING_STRONG,
  'one of two factors': { ...ANYTHING_STRONG, anyOf: ['totp', 'webauthn'] },
  'two factors': { ...ANYTHING_STRONG, allOf: ['totp', 'oidc'] },
  'phishing-resistant, in vain': { ...ANYTHING_STRONG, strength: ['phishing_resistant', 'user_verified'] },
}

const EVIDENCE: readonly Evidence[] = Array.from({ length: 10 }, (_, at) => ({
  factor: at === 0 ? 'oidc' : 'totp',
  at: NOW - at * 60_000,
  strong: at > 0,
  strength: [],
  authenticator: `authenticator-${at}`,
}))

/** The pure decision with ten pieces of evidence; the slowest of four requirements counts. */
export async function measureDecide({ rounds, calls }: Plan): Promise<readonly Measured[]> {
  const names = Object.keys(REQUIREMENTS)
  const contenders = Object.entries(REQUIREMENTS).map(([name, requirement]) => [
    name,
    () => timeDecisions(requirement, calls),
  ])
  const figure = await measureInterleaved(Object.fromEntries(contenders), rounds)
  const each = names.map((name) => `${name} ${figure(name).toFixed(2)}`)
  return [
    {
      name: 'decide() with ten pieces of evidence',
      unit: 'µs',
      ours: Math.max(...names.map(figure)),
      peers: {},
      target: 2,
      lowerIsBetter: true,
      note: `The slowest of four requirements: ${each.join(', ')}.`,
    },
  ]
}

function timeDecisions(requirement: Requirement, calls: number): number {
  let satisfied = 0
  const startedAt = performance.now()
  for (let call = 0; call < calls; call++)
    satisfied += decide(requirement, EVIDENCE, NOW + (call % 7)).satisfied ? 1 : 0
  const elapsedMs = performance.now() - startedAt
  // Also keeps the calls from being optimised away.
  if (satisfied !== 0 && satisfied !== calls) throw new Error('timeDecisions: equal questions got unequal answers')
  return (elapsedMs / calls) * 1_000
}
