import { assessAtBest } from '../assurance.ts'
import { doorOf, isSameDoor } from '../door-name.ts'
import { member } from '../member.ts'
import { checkOptionNames, refuseOption } from '../option-names.ts'
import { readTicket } from './step-up-proof.ts'
import { MAX_ACR_VALUES, resolveAsk } from '../strategy-options.ts'
import type { Attempt, ChallengeStart, FactorOutcome, GivenFactor, ViewBlock } from '@sallyport/step-up/factor'
import type { Reason } from '@sallyport/audit'
import type { Json } from '@sallyport/store'
import type { Assurance, AssuranceRule } from '../assurance.ts'
import type { DoorName } from '../door-name.ts'
import type { RouteParts } from '../routes/exchange.ts'
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
  /** What its claims are worth, checked. */
  readonly assurance: readonly AssuranceRule[]
}

/** What the factor is made from. */
export interface ProviderFactorParts {
  readonly seals: Pick<StepUpSeals, 'sealTicket' | 'openProof'>
  /** What a proof can show at best, as far as that can be told when the application starts. */
  readonly best: Assurance
  /** The provider of this name and issuer; `undefined` for one that is not, or no longer, one of the application's. */
  find(door: DoorName): FactorProvider | undefined
  /** The path of a provider's route `GET /step-up`. */
  urlOf(provider: string): string
  /** Makes known what `find` may not know yet; called in front of a challenge and of its page. Never rejects. */
  readonly prepare?: ((door: DoorName) => Promise<void>) | undefined
}

/** The part of a requirement's time that the provider's sign-in may have used up; the rest is for coming back. */
const SHARE = 2
/** Below this many seconds, nothing but a new sign-in is worth the way. */
const MIN_AGE = 60
/**
 * How a provider is asked once more that did not show what was demanded. It would answer from its own session again, which is
 * somebody else's or too old: without this there is no way out. Where a new sign-in is asked for anyway, that is one: people
 * choose who signs in, and nobody gets around it by failing first.
 */
const AFTER: Partial<Record<Reason, string>> = { wrong_subject: 'select_account', factor_too_old: 'login' }

/**
 * Makes the factor by which people prove themselves at the identity provider that their session began with.
 *
 * Nobody enrols it: whoever signed in at one of these providers has it. Its proof counts for one challenge, one person and
 * one minute, comes through the door that the session came through and no other, and is as old as the provider says; what it
 * is worth is said by the assurance rules of that door.
 */
export function createProviderFactor(parts: ProviderFactorParts): GivenFactor {
  const { strong, strength } = parts.best
  return {
    name: 'oidc',
    strong,
    strength: [],
    mayShow: strength,
    guessable: false,
    mayReach: (acr) => askable(acr).length > 0,
    given({ user, evidence }) {
      const door = doorOf(evidence)
      return door === undefined || parts.find(door) === undefined ? undefined : { id: user, state: { user, ...door } }
    },
    async start(input) {
      const state = input.authenticators[0]?.state
      const door = { provider: String(member(state, 'provider')), issuer: String(member(state, 'issuer')) }
      await parts.prepare?.(door)
      return { ...newTicket(parts, door, input) }
    },
    view: (state) => view(parts, state),
    verify: (authenticator, attempt) => verify(parts, authenticator.state, attempt),
  }
}

/** Makes the factor of one provider. Throws `ERR_OIDC_OPTION`. */
export function factorOf(
  door: Pick<RouteParts, 'provider' | 'issuer' | 'mount' | 'assurance' | 'seals'>,
  options: FactorOptions,
): GivenFactor {
  const { seals, mount, assurance } = door
  const only = { ...resolveFactorOptions(options), assurance }
  return createProviderFactor({
    seals,
    best: bestOf([only]),
    find: (wanted) => (isSameDoor(wanted, door) ? only : undefined),
    urlOf: () => `${mount}/step-up`,
  })
}

/** Says what these providers together can show at best. */
export function bestOf(known: readonly FactorProvider[]): Assurance {
  const each = known.map(({ assurance, acrValues = [] }) => assessAtBest(assurance, acrValues))
  return {
    strong: each.some(({ strong }) => strong),
    strength: [...new Set(each.flatMap(({ strength }) => strength))],
  }
}

/** Judges what a factor was given. Throws `ERR_OIDC_OPTION`. */
export function resolveFactorOptions(options: FactorOptions): FactorOptions {
  if (typeof options !== 'object' || options === null) refuseOption('The option factor is { acrValues, prompt }.')
  checkOptionNames('factor', options, { known: ['acrValues', 'prompt'] })
  const { acrValues, prompt } = resolveAsk(options, { scope: [] })
  return { acrValues, prompt }
}

function newTicket(
  parts: ProviderFactorParts,
  door: DoorName,
  input: ChallengeStart,
): StepUpTicket & Readonly<Record<string, Json>> {
  const { stepUp, user, maxAgeMs, now, failed } = input
  const provider = parts.find(door)
  const maxAge = askedAge(maxAgeMs)
  const usual = provider?.prompt ?? (maxAge === 0 ? 'login' : undefined)
  const prompt = usual?.split(' ').includes('login') ? usual : ((failed && AFTER[failed]) ?? usual)
  return {
    stepUp,
    bind: Buffer.from(input.randomBytes(16)).toString('base64url'),
    user,
    ...door,
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
  if (ticket === undefined) return []
  await parts.prepare?.(ticket)
  const url = `${parts.urlOf(ticket.provider)}?ticket=${await parts.seals.sealTicket(ticket)}`
  return [{ kind: 'leave', url, message: 'leave_oidc' }]
}

async function verify(parts: ProviderFactorParts, account: Json, attempt: Attempt): Promise<FactorOutcome> {
  const ticket = readTicket(attempt.state)
  const proof = await parts.seals.openProof(attempt.input['proof'], attempt.now)
  if (ticket === undefined || proof === undefined || !isFor(proof, ticket, account)) {
    return { ok: false, reason: 'token_invalid' }
  }
  return outcomeOf(proof.result, ticket)
}

function isFor(proof: StepUpProof, ticket: StepUpTicket, account: Json): boolean {
  return (
    proof.stepUp === ticket.stepUp &&
    proof.bind === ticket.bind &&
    [ticket.user, member(account, 'user')].every((user) => user === proof.user) &&
    [ticket.issuer, member(account, 'issuer')].every((issuer) => issuer === proof.issuer) &&
    [ticket.provider, member(account, 'provider')].every((provider) => provider === proof.provider)
  )
}

function outcomeOf(result: ProofResult, { provider, issuer }: DoorName): FactorOutcome {
  if (!result.ok) return result
  const { at, strong, strength, acr, amr } = result.evidence
  return {
    ok: true,
    next: null,
    strength,
    ...(amr === undefined ? {} : { amr }),
    evidence: { at, strong, issuer, provider, ...(acr === undefined ? {} : { acr }) },
  }
}
