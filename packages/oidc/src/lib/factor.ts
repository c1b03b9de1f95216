import { assessAtBest } from './assurance.ts'
import { checkOptionNames } from './option-names.ts'
import { readTicket } from './step-up-proof.ts'
import { resolveAsk } from './strategy-options.ts'
import type { Attempt, ChallengeStart, FactorOutcome, GivenFactor, ViewBlock } from '@sallyport/step-up/factor'
import type { Json } from '@sallyport/store'
import type { Assurance, AssuranceRule } from './assurance.ts'
import type { RouteParts } from './routes/exchange.ts'
import type { ProofResult, StepUpProof, StepUpSeals, StepUpTicket } from './step-up-proof.ts'

/** What a step-up asks of the provider where the route names no level. */
export interface FactorOptions {
  /** Levels of which any one has to be reached; none by default. A route's own `acr` takes their place. */
  readonly acrValues?: readonly string[] | undefined
  /** Such as `login`, so that people have to do something there in any case. */
  readonly prompt?: string | undefined
}

/** One provider, as far as proof is asked of it. */
export interface FactorProvider extends FactorOptions {
  /** The path of its route `GET /step-up`. */
  readonly stepUpUrl: string
  /** What its claims are worth, checked. */
  readonly assurance: readonly AssuranceRule[]
}

/** What the factor is made from. */
export interface ProviderFactorParts {
  readonly seals: Pick<StepUpSeals, 'sealTicket' | 'openProof'>
  /** Those known when the application starts: what a proof can show is told from them. */
  readonly known: readonly Pick<FactorProvider, 'acrValues' | 'assurance'>[]
  /** The provider with this issuer; `undefined` for one that is not, or no longer, one of the application's. */
  find(issuer: string): FactorProvider | undefined
}

/** The part of a requirement's time that the provider's sign-in may have used up; the rest is for coming back. */
const SHARE = 2
/** Below this many seconds, nothing but a new sign-in is worth the way. */
const MIN_AGE = 60
const MAX_ACR_VALUES = 512

/**
 * Makes the factor by which people prove themselves at the identity provider that their session began with.
 *
 * Nobody enrols it: whoever signed in at one of these providers has it. Its proof counts for one challenge, one person and
 * one minute, and is as old as the provider says; what it is worth is said by the provider's assurance rules.
 */
export function createProviderFactor(parts: ProviderFactorParts): GivenFactor {
  const best = parts.known.map(({ assurance, acrValues = [] }) => assessAtBest(assurance, acrValues))
  return {
    name: 'oidc',
    strong: best.some(({ strong }) => strong),
    strength: [],
    mayShow: [...new Set(best.flatMap(({ strength }) => strength))],
    guessable: false,
    mayReach: (acr) => askable(acr).length > 0,
    given({ user, evidence }) {
      const issuers = evidence.flatMap((one) => (one.factor === 'oidc' ? (one.issuer ?? []) : []))
      const issuer = issuers.find((one) => parts.find(one) !== undefined)
      return issuer === undefined ? undefined : { id: user, state: { user, issuer } }
    },
    start: async (input) => ({ ...newTicket(parts, input) }),
    view: (state) => view(parts, state),
    verify: (authenticator, attempt) => verify(parts, authenticator.state, attempt),
  }
}

/** Makes the factor of one provider. Throws `ERR_OIDC_OPTION`. */
export function factorOf(
  { issuer, mount, assurance, seals }: Pick<RouteParts, 'issuer' | 'mount' | 'assurance' | 'seals'>,
  options: FactorOptions,
): GivenFactor {
  const provider = { ...resolveFactorOptions(options), stepUpUrl: `${mount}/step-up`, assurance }
  return createProviderFactor({ seals, known: [provider], find: (one) => (one === issuer ? provider : undefined) })
}

/** Judges what a factor was given. Throws `ERR_OIDC_OPTION`. */
export function resolveFactorOptions(options: FactorOptions): FactorOptions {
  checkOptionNames('factor', options, { known: ['acrValues', 'prompt'] })
  const { acrValues, prompt } = resolveAsk(options, { scope: [] })
  return { acrValues, prompt }
}

function newTicket(parts: ProviderFactorParts, input: ChallengeStart): StepUpTicket & Readonly<Record<string, Json>> {
  const { stepUp, user, maxAgeMs, now } = input
  const issuer = String(member(input.authenticators[0]?.state, 'issuer'))
  const provider = parts.find(issuer)
  const maxAge = askedAge(maxAgeMs)
  const prompt = provider?.prompt ?? (maxAge === 0 ? 'login' : undefined)
  return {
    stepUp,
    bind: Buffer.from(input.randomBytes(16)).toString('base64url'),
    user,
    issuer,
    acrValues: askable(input.acr.length > 0 ? input.acr : levelsFor(provider, input.demanded)),
    maxAge,
    issuedAt: now,
    ...(prompt === undefined ? {} : { prompt }),
  }
}

/** Of the levels that are configured those which can show what is demanded; all, when none is known to. */
function levelsFor(provider: FactorProvider | undefined, demanded: Assurance['strength']): readonly string[] {
  const { acrValues = [], assurance = [] } = provider ?? {}
  const able = acrValues.filter((level) => {
    const { strength } = assessAtBest(assurance, [level])
    return demanded.every((name) => strength.includes(name))
  })
  return able.length > 0 ? able : acrValues
}

/** What comes back has to be fresh still when the request is sent again. */
function askedAge(maxAgeMs: number): number {
  const seconds = Math.floor(maxAgeMs / 1_000 / SHARE)
  return seconds < MIN_AGE ? 0 : seconds
}

/** Those that `acr_values` can say (RFC 6749 appendix A), as far as they fit into a sign-in's cookie. */
function askable(levels: readonly string[]): readonly string[] {
  let length = 0
  return levels.filter((level) => {
    if (!/^[\x21\x23-\x5b\x5d-\x7e]{1,255}$/.test(level)) return false
    length += level.length + 1
    return length <= MAX_ACR_VALUES
  })
}

async function view(parts: ProviderFactorParts, state: Json): Promise<readonly ViewBlock[]> {
  const ticket = readTicket(state)
  const provider = ticket && parts.find(ticket.issuer)
  if (ticket === undefined || provider === undefined) return []
  const url = `${provider.stepUpUrl}?ticket=${await parts.seals.sealTicket(ticket)}`
  return [{ kind: 'leave', url, message: 'leave_oidc' }]
}

async function verify(parts: ProviderFactorParts, account: Json, attempt: Attempt): Promise<FactorOutcome> {
  const ticket = readTicket(attempt.state)
  const proof = await parts.seals.openProof(attempt.input['proof'], attempt.now)
  if (ticket === undefined || proof === undefined || !isFor(proof, ticket, account)) {
    return { ok: false, reason: 'token_invalid' }
  }
  return outcomeOf(proof.result, ticket.issuer, attempt.now)
}

function isFor(proof: StepUpProof, ticket: StepUpTicket, account: Json): boolean {
  return (
    proof.stepUp === ticket.stepUp &&
    proof.bind === ticket.bind &&
    [ticket.user, member(account, 'user')].every((user) => user === proof.user) &&
    [ticket.issuer, member(account, 'issuer')].every((issuer) => issuer === proof.issuer)
  )
}

function outcomeOf(result: ProofResult, issuer: string, now: number): FactorOutcome {
  if (!result.ok) return result
  const { at, strong, strength, acr, amr } = result.evidence
  return {
    ok: true,
    next: null,
    strength,
    ...(amr === undefined ? {} : { amr }),
    // Nobody signed in later than now: a provider whose clock is a little ahead of ours only says so.
    evidence: { at: Math.min(at, now), strong, issuer, ...(acr === undefined ? {} : { acr }) },
  }
}

function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
}
