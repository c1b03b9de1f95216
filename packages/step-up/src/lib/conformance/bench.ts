import type { Json } from '@sallyport/store'

import type {
  Attempt,
  AuthenticatorState,
  EnrolledFactor,
  EnrolmentStart,
  Factor,
  FactorInput,
  GivenFactor,
  ViewBlock,
} from '../types.ts'
import type { ChallengeHooks, FactorHooks, GivenFactorHooks } from './hooks.ts'

/** A factor under test with the hooks that answer for a person. */
export interface Bench<Device> {
  readonly factor: Factor
  readonly hooks: ChallengeHooks<Device>
  /** Makes a person have the factor, another person for each number; throws when the factor will not have it. */
  have(number?: number): Promise<Had<Device>>
}

/** The bench of a factor that is enrolled. */
export interface EnrolmentBench<Device> extends Bench<Device> {
  readonly factor: EnrolledFactor
  readonly hooks: FactorHooks<Device>
}

/** The bench of a factor that is given. */
export interface GivenBench<Device> extends Bench<Device> {
  readonly factor: GivenFactor
  readonly hooks: GivenFactorHooks<Device>
}

/** A person's authenticator with the device that answers for it. */
export interface Had<Device> {
  readonly authenticator: AuthenticatorState
  readonly device: Device
}

/** A challenge with its right answer. */
export interface Asked {
  readonly state: Json
  readonly view: readonly ViewBlock[]
  readonly attempt: Attempt
}

/** When the first enrolment happens. */
export const START = 1_800_000_000_000
// Longer than any window of time-based codes, so that what one challenge used up does not touch the next.
const BETWEEN_MS = 120_000

/** Makes bytes that are the same each time, for what has to be pure, and differ by the seed. */
export function bytesOf(seed: number): (size: number) => Uint8Array {
  let state = seed
  // A linear congruential generator (Numerical Recipes): even enough for a test, and no secret.
  return (size) =>
    Uint8Array.from({ length: size }, () => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
      return state >>> 24
    })
}

/** What an enrolment starts from. */
export function startOf(seed: number, existing: readonly AuthenticatorState[] = []): EnrolmentStart {
  return deepFreeze({ issuer: 'Bank', account: 'ann@example.com', existing, now: START, randomBytes: bytesOf(seed) })
}

/** Makes the bench of a factor that is enrolled. */
export function enrolmentBench<Device>(factor: EnrolledFactor, hooks: FactorHooks<Device>): EnrolmentBench<Device> {
  return { factor, hooks, have: async (number = 1) => await enrol(factor, hooks, number) }
}

/** Makes the bench of a factor that is given. */
export function givenBench<Device>(factor: GivenFactor, hooks: GivenFactorHooks<Device>): GivenBench<Device> {
  const have = async (number = 1): Promise<Had<Device>> => {
    const { session, device } = hooks.give(number)
    const authenticator = factor.given(deepFreeze(session))
    if (authenticator === undefined) throw new Error('give: the factor gives this session no authenticator')
    return { authenticator: deepFreeze(authenticator), device }
  }
  return { factor, hooks, have }
}

async function enrol<Device>(factor: EnrolledFactor, hooks: FactorHooks<Device>, seed: number): Promise<Had<Device>> {
  const input = startOf(seed)
  const pending = deepFreeze(await factor.enrolment.start(input))
  const view = await factor.enrolment.view(pending, input)
  const answered = await hooks.enrol({ pending, view, now: START })
  const outcome = await factor.enrolment.finish(deepFreeze({ pending, input: answered.input, now: START }))
  if (!outcome.ok) throw new Error(`enrol: the factor refused the right answer: ${outcome.reason}`)
  return { authenticator: deepFreeze({ id: `authenticator-${seed}`, state: outcome.next }), device: answered.device }
}

/** Asks for a proof in the challenge of that number, and answers it rightly. */
export async function ask<Device>(
  { factor, hooks }: Bench<Device>,
  { authenticator, device }: Had<Device>,
  number: number = 1,
): Promise<Asked> {
  const now = START + number * BETWEEN_MS
  const { state, view } = await challenge(factor, [authenticator], number)
  const input = await hooks.prove(device, { state, view, now })
  return { state, view, attempt: attemptOf(state, input, number) }
}

/** Begins the challenge of that number and shows it. */
export async function challenge(
  factor: Factor,
  authenticators: readonly AuthenticatorState[],
  number: number = 1,
): Promise<Omit<Asked, 'attempt'>> {
  const now = START + number * BETWEEN_MS
  const randomBytes = bytesOf(1_000 + number)
  const asked = { stepUp: 'S1', user: 'ann', demanded: [], acr: [], maxAgeMs: BETWEEN_MS, action: null }
  const state = await factor.start(deepFreeze({ ...asked, authenticators, now, randomBytes }))
  return { state: deepFreeze(state), view: await factor.view(state, authenticators) }
}

/** An answer to the challenge of that number. */
export function attemptOf(state: Json, input: FactorInput, number: number = 1): Attempt {
  return deepFreeze({ state, input, now: START + number * BETWEEN_MS, randomBytes: bytesOf(2_000 + number) })
}

/** Freezes what a factor is given, all through: whoever writes into it throws. */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value) || ArrayBuffer.isView(value)) return value
  Object.freeze(value)
  for (const member of Object.values(value)) deepFreeze(member)
  return value
}
