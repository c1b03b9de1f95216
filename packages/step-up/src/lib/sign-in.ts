import { event, type Reason } from '@sallyport/audit'

import { StepUpError } from './errors.ts'
import { leaveGate } from './leave-context.ts'
import { LIMITS } from './limits.ts'
import type { Core } from './options.ts'
import { evidenceOf, provedWrites } from './proved.ts'
import { newId } from './random.ts'
import type { SessionAuthority } from './sessions.ts'
import type { OpenSignIn } from './sign-in-cookie.ts'
import { allowedEvents, deniedInput, factorEvents, type AboutAnswer } from './sign-in-events.ts'
import {
  judgeSignIn,
  type RightSignIn,
  type SignInAnswer,
  type SignInFactor,
  type WrongSignIn,
} from './sign-in-judgement.ts'
import { isUsed, usedMarker } from './sign-in-records.ts'
import { addressCounters, attemptCounters, attemptGates, limitOf } from './tries.ts'

/** How an answer was taken. What a reason tells about a passkey or an account is for the ledger alone. */
export type SignedIn = { readonly ok: true } | { readonly ok: false; readonly reason: Reason }

// One passkey used in many browsers at once: each round, one of them is through.
const ROUNDS = 20

/** Begins a sign-in. It demands that the authenticator verifies its user: then a passkey counts as two factors by itself. */
export async function startSignIn(core: Core, factor: SignInFactor, returnTo: string): Promise<OpenSignIn> {
  const now = core.store.now()
  const { randomBytes } = core
  const state = await factor.start({
    stepUp: '',
    user: '',
    authenticators: [],
    demanded: ['user_verified'],
    acr: [],
    maxAgeMs: LIMITS.signInMs,
    action: null,
    now,
    randomBytes,
  })
  return { id: newId(now, randomBytes), factor: factor.name, state, until: now + LIMITS.signInMs, returnTo }
}

/**
 * Judges an answer and begins a session, in one commit with the end of the challenge and the passkey's new state. Whatever
 * comes of it, the challenge is used up: one that was answered wrongly is not signed a second time.
 *
 * @param core With `signIn`.
 * @param sessions Begins the session; one that the browser has ends in the same commit.
 * @param answer Controlled by the client, but for `open`, which our own key has sealed.
 */
export async function answerSignIn(core: Core, sessions: SessionAuthority, answer: SignInAnswer): Promise<SignedIn> {
  for (let round = 0; round < ROUNDS; round += 1) {
    if (await isUsed(core, answer.open)) return await refuseUnread(core, answer, 'already_used')

    const judged = await judgeSignIn(core, answer)
    const taken = judged.ok ? await accept(core, sessions, { answer, judged }) : await refuse(core, answer, judged)
    if (taken !== 'conflict' && !taken.ok) leaveGate(answer.req, 'denied')
    if (taken !== 'conflict') return taken
    await sessions.refresh(answer.req)
  }
  throw new StepUpError('ERR_STEP_UP_UNAVAILABLE', 'Too many parallel requests used the same passkey.', { status: 503 })
}

/**
 * Writes down that an answer was not even looked at, and why. Anybody can send one, so it uses a try of its address; beyond
 * those nothing more is written.
 */
export async function refuseUnread(
  core: Core,
  about: AboutAnswer,
  reason: Reason,
): Promise<{ readonly ok: false; readonly reason: Reason }> {
  leaveGate(about.req, 'denied')
  const committed = await core.audit.commit({
    writes: await addressCounters(core, about.req),
    events: [event('access.denied', deniedInput(about, reason))],
  })
  return { ok: false, reason: committed.ok ? reason : 'too_many_attempts' }
}

interface Right {
  readonly answer: SignInAnswer
  readonly judged: RightSignIn
}

async function accept(core: Core, sessions: SessionAuthority, right: Right): Promise<SignedIn | 'conflict'> {
  const { req, open, factor } = right.answer
  const { known, outcome, person, tries } = right.judged
  const now = core.store.now()
  const proved = { factor, authenticator: known.authenticator, outcome, tries }
  const evidence = evidenceOf(proved, now)
  const lineage = newId(now, core.randomBytes)
  const { account, identity } = person
  const login = { user: known.user, account, identity, evidence, lineage, flow: open.id }
  const writes = [usedMarker(open), ...(await provedWrites(core, proved))]
  const extra = allowedEvents({ ...right.answer, known }, { outcome, evidence, lineage })
  const logIn = async (): Promise<void> => await core.signIn?.logIn?.(req, known.user)
  try {
    await sessions.start(req, login, { writes, extra, logIn })
  } catch (error) {
    return await refuseStart(core, right, error)
  }
  return { ok: true }
}

/** Finds out why no session could begin: a lock, a limit, or a change meanwhile, after which the answer is judged again. */
async function refuseStart(core: Core, { answer, judged }: Right, error: unknown): Promise<SignedIn | 'conflict'> {
  if (!(error instanceof StepUpError) || error.cause !== undefined) throw error
  const { known, tries } = judged
  if (error.code === 'ERR_ACCOUNT_LOCKED')
    return await refuse(core, answer, { ok: false, reason: 'account_locked', known, tries })
  if (error.code !== 'ERR_STEP_UP_UNAVAILABLE') throw error

  const below = await core.audit.commit({ writes: attemptGates(tries), events: [] })
  if (below.ok || below.code !== 'limit') return 'conflict'
  return await refuseOverLimit(core, { ...answer, known })
}

/** Counts a wrong answer and writes it down, in one commit with the end of its challenge. */
async function refuse(core: Core, answer: SignInAnswer, wrong: WrongSignIn): Promise<SignedIn | 'conflict'> {
  const { reason, known, tries } = wrong
  const about = { ...answer, known }
  const counters = tries === undefined ? await addressCounters(core, answer.req) : attemptCounters(tries)
  const committed = await core.audit.commit({
    writes: [usedMarker(answer.open), ...counters],
    events: [event('access.denied', deniedInput(about, reason)), ...factorEvents(about, wrong.events)],
  })
  if (committed.ok) return { ok: false, reason }
  if (committed.code === 'conflict') return 'conflict'

  if (limitOf(committed.key) === 'address' || tries?.address === undefined) {
    const refused = await refuseOverLimit(core, about)
    // Whose tries are used up would tell that this passkey is known here; those of the address are everybody's.
    return refused === 'conflict' || limitOf(committed.key) === 'address' ? refused : { ok: false, reason }
  }
  // Strangers' tries count for their address all the same, so that it is stopped whichever passkeys it names.
  const counted = await core.audit.commit({
    writes: [usedMarker(answer.open), ...(await addressCounters(core, answer.req))],
    events: [event('access.denied', deniedInput(about, 'too_many_attempts'))],
  })
  if (counted.ok) return { ok: false, reason }
  return counted.code === 'conflict' ? 'conflict' : await refuseOverLimit(core, about)
}

async function refuseOverLimit(
  core: Core,
  about: AboutAnswer & Pick<SignInAnswer, 'open'>,
): Promise<SignedIn | 'conflict'> {
  const reason: Reason = 'too_many_attempts'
  const committed = await core.audit.commit({ writes: [usedMarker(about.open)], events: [] })
  if (!committed.ok) return 'conflict'
  // Nothing counts any further here: recorded by itself, so that the ledger may count what one address repeats.
  await core.audit.emit('access.denied', deniedInput(about, reason))
  return { ok: false, reason }
}
