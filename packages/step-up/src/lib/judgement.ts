import type { Answer } from './answer.ts'
import { listAuthenticators, openState, type EnrolledAuthenticator } from './authenticators.ts'
import type { OpenChallenge } from './challenges.ts'
import { givenState } from './given.ts'
import { LIMITS } from './limits.ts'
import type { Core } from './options.ts'
import { authenticatorKeys, triesOf, type Tries } from './tries.ts'
import type { FactorOutcome, FactorRefusal, GivenFactor } from './types.ts'

/** The factor's judgement of an answer, with the authenticator that it is about and whose tries it uses. */
export type Judged = Asked & { readonly tries: Tries }

type Asked =
  | {
      readonly ok: true
      readonly outcome: Extract<FactorOutcome, { ok: true }>
      /** None where it is given. */
      readonly authenticator: EnrolledAuthenticator | undefined
    }
  | { readonly ok: false; readonly outcome: FactorRefusal; readonly authenticator?: EnrolledAuthenticator }

/**
 * Asks the factor about each of the user's authenticators that may be tried, until one fits; the most telling refusal
 * stands. Nothing is written, and what is locked or disabled is not even asked about.
 *
 * @returns The judgement; `undefined` when the user has no authenticator of this factor any more since the challenge began.
 */
export async function judgeAnswer(core: Core, answer: Answer, challenge: OpenChallenge): Promise<Judged | undefined> {
  const { req, session, factor } = answer
  if (factor.given !== undefined) return await judgeGiven(core, { ...answer, factor }, challenge)

  const { user } = session.record
  const enrolled = (await listAuthenticators(core, user)).filter(({ value }) => value.factor === factor.name)
  if (enrolled.length === 0) return undefined

  const enabled = enrolled.filter(({ value }) => !value.disabled)
  const tried = factor.guessable ? enabled.map(({ id, value }) => ({ id, uses: value.uses })) : []
  const answering = { challenge: challenge.id, user, factor, authenticators: tried }
  const tries = await triesOf(core, req, answering)
  const locked = await lockedOf(core, tries)
  const open = enabled.filter(({ id }) => !locked.has(id))
  const used = { ...tries, authenticators: tried.filter(({ id }) => !locked.has(id)) }
  if (open.length === 0) {
    const reason = enabled.length === 0 ? 'authenticator_disabled' : 'authenticator_locked'
    return { ok: false, outcome: { ok: false, reason }, tries: used }
  }
  return { ...(await askEach(core, answer, { challenge, open })), tries: used }
}

/** Asks about the one authenticator that the session's holder has without having enrolled it. */
async function judgeGiven(
  core: Core,
  { req, session, factor, input }: Answer & { readonly factor: GivenFactor },
  { id, value }: OpenChallenge,
): Promise<Judged | undefined> {
  const authenticator = givenState(factor, session)
  if (authenticator === undefined) return undefined

  const { randomBytes } = core
  const tries = await triesOf(core, req, { challenge: id, user: session.record.user, factor, authenticators: [] })
  const attempt = { state: value.state, input, now: core.store.now(), randomBytes }
  const outcome = await factor.verify(authenticator, attempt)
  return outcome.ok ? { ok: true, outcome, authenticator: undefined, tries } : { ok: false, outcome, tries }
}

async function askEach(
  core: Core,
  { session, factor, input }: Answer,
  { challenge, open }: { readonly challenge: OpenChallenge; readonly open: readonly EnrolledAuthenticator[] },
): Promise<Asked> {
  let refused: Asked = { ok: false, outcome: { ok: false, reason: 'authenticator_unknown' } }
  for (const authenticator of open) {
    const opened = await openState(core, session.record.user, authenticator)
    const { state } = challenge.value
    const { randomBytes } = core
    const outcome = await factor.verify(opened, { state, input, now: core.store.now(), randomBytes })
    if (outcome.ok) return { ok: true, outcome, authenticator }
    if (outcome.reason === 'authenticator_unknown') continue
    if (refused.authenticator === undefined || outcome.reason === 'code_reused')
      refused = { ok: false, outcome, authenticator }
  }
  return refused
}

/** The authenticators whose wrong answers in a row have reached a limit. The commit's counters have the last word. */
async function lockedOf(core: Core, { authenticators, budget }: Tries): Promise<ReadonlySet<string>> {
  const keys = authenticators.map((tried) => authenticatorKeys(tried, budget))
  const found = keys.length === 0 ? [] : await core.store.get(keys.flat())
  const isFull = (place: number, max: number): boolean => Number(found[place]?.value ?? 0) >= max
  const locked = authenticators.filter(
    (_, place) =>
      isFull(place * 2, LIMITS.authenticatorAttempts) || isFull(place * 2 + 1, LIMITS.authenticatorLifeAttempts),
  )
  return new Set(locked.map(({ id }) => id))
}
