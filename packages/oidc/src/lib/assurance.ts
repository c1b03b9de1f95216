import { refuseOption } from './option-names.ts'
import type { StrengthName } from '@sallyport/step-up/factor'

/** What a word of the provider is worth here. A rule holds when everything that it names is there. */
export interface AssuranceRule {
  /** A level that was reached: the `acr` of the ID token, or one of its `acrs` (Entra). */
  readonly acr?: string | undefined
  /** Methods that were all used: RFC 8176 values. */
  readonly amr?: readonly string[] | undefined
  /** Whether it counts as a second factor; `false` if not given. */
  readonly strong?: boolean | undefined
  /** What it shows beside that; nothing if not given. */
  readonly strength?: readonly StrengthName[] | undefined
}

/** What a sign-in at the provider showed, as far as the rules tell. */
export interface Assurance {
  readonly strong: boolean
  readonly strength: readonly StrengthName[]
}

/**
 * The rules that hold when the application gives none: `mfa` among the methods is a second factor (RFC 8176 §2), and the
 * registered levels `phr` and `phrh` are phishing-resistant ones (OpenID EAP ACR Values 1.0 §2), `phrh` on a device.
 */
export const ASSURANCE: readonly AssuranceRule[] = [
  { amr: ['mfa'], strong: true },
  { acr: 'phr', strong: true, strength: ['phishing_resistant'] },
  { acr: 'phrh', strong: true, strength: ['phishing_resistant', 'device_bound'] },
]

/** All that a sign-in can show beside being strong. */
export const STRENGTHS: readonly StrengthName[] = ['phishing_resistant', 'user_verified', 'device_bound']
/** What a provider can show of which nothing is known. */
export const ANYTHING: Assurance = { strong: true, strength: STRENGTHS }

const MEMBERS = ['acr', 'amr', 'strong', 'strength']
const MAX_RULES = 100

/** Judges the option `assurance`. Throws `ERR_OIDC_OPTION`. */
export function checkAssurance(rules: readonly AssuranceRule[]): readonly AssuranceRule[] {
  if (!Array.isArray(rules) || rules.length > MAX_RULES || !rules.every(isRule)) {
    refuseOption(
      'The option assurance lists at most 100 rules { acr, amr, strong, strength }; each names an acr or at least one amr.',
    )
  }
  return rules.map((rule) => ({ ...rule }))
}

/**
 * Says what claims are worth: everything that the rules that hold give, together. Claims that are missing hold no rule, so
 * silence is the weakest.
 *
 * @param rules The provider's, checked.
 * @param claims `levels` from `acr` and `acrs`, `amr`; controlled by the provider.
 */
export function assess(
  rules: readonly AssuranceRule[],
  claims: { readonly levels: readonly string[]; readonly amr: readonly string[] },
): Assurance {
  const holding = rules.filter(
    ({ acr, amr = [] }) =>
      (acr === undefined || claims.levels.includes(acr)) && amr.every((method) => claims.amr.includes(method)),
  )
  return {
    strong: holding.some(({ strong }) => strong === true),
    strength: STRENGTHS.filter((name) => holding.some(({ strength }) => strength?.includes(name) === true)),
  }
}

/**
 * Says what claims can be worth at best when one of these levels was reached: whatever methods the provider names with it.
 *
 * @param rules The provider's, checked.
 * @param levels Those of which one is asked for; with none, only rules that name no level can hold.
 */
export function assessAtBest(rules: readonly AssuranceRule[], levels: readonly string[]): Assurance {
  return assess(rules, { levels, amr: rules.flatMap(({ amr = [] }) => amr) })
}

function isRule(rule: unknown): rule is AssuranceRule {
  if (typeof rule !== 'object' || rule === null) return false
  const { acr, amr, strong, strength }: { acr?: unknown; amr?: unknown; strong?: unknown; strength?: unknown } = rule
  const names: readonly string[] = STRENGTHS
  return (
    Object.keys(rule).every((name) => MEMBERS.includes(name)) &&
    (acr === undefined || (typeof acr === 'string' && acr !== '')) &&
    (amr === undefined || (Array.isArray(amr) && amr.length > 0 && amr.every((one) => typeof one === 'string'))) &&
    (acr !== undefined || amr !== undefined) &&
    (strong === undefined || typeof strong === 'boolean') &&
    (strength === undefined || (Array.isArray(strength) && strength.every((one) => names.includes(one))))
  )
}
