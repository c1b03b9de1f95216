import { type Reason } from '@sallyport/audit'
import { contextOf } from '@sallyport/audit/context'
import type { Write } from '@sallyport/store'
import type { Request } from 'express'

import { StepUpError, unavailable } from './errors.ts'
import { leaveGate } from './leave-context.ts'
import type { Core } from './options.ts'
import { newId } from './random.ts'
import { attemptCounters, attemptGates, limitOf, triesOf, type Tries } from './tries.ts'
import { checkUser } from './user-record.ts'

/** Who is said to be signing in. */
export interface AttemptedLogin {
  /** What was typed as the name; controlled by the client. */
  readonly name: string
  /** The application's id of the user with this name; none when there is no such user. */
  readonly user: string | undefined
}

/** One try that was taken: the password may be looked at now. Say what came of it, once. */
export interface TakenAttempt {
  /** The password was right: the try is given back. */
  succeeded(): Promise<void>
  /** It was wrong: the try is spent, and the ledger gets to know of it. */
  failed(): Promise<void>
}

/**
 * Limits the tries of the application's own sign-in, such as one by password, by the counters that the second door uses: per
 * user, with tries of their own for browsers in which that user has proved a factor, and per address.
 *
 * It counts before the password is looked at, so that any number of tries at once, over any number of instances, are no
 * more than one after the other. A try of which nothing is said stays spent.
 */
export interface Attempts {
  /**
   * Takes a try. A name that nobody has is counted like any other, so that limits do not tell which names exist.
   *
   * @param req The request; behind `requestContext` of `@sallyport/request-context`, or addresses and browsers do not count.
   * @param login Who is said to be signing in.
   * @returns The try, or `undefined` when none is left: refuse, without looking at the password. It is recorded as
   * `access.denied` with reason `too_many_attempts`.
   * @throws `StepUpError` with `ERR_STEP_UP_UNAVAILABLE` (503) when it cannot be counted, and with `ERR_STEP_UP_OPTION`
   * when the name is no text, or the id an empty one.
   */
  take(req: Request, login: AttemptedLogin): Promise<TakenAttempt | undefined>
}

const MAX_NAME = 256

/** Makes the limiter of an application's own sign-in; see `Attempts`. */
export function createAttempts(core: Core): Attempts {
  return { take: async (req, login) => await take(core, req, login).catch(rethrow) }
}

async function take(core: Core, req: Request, login: AttemptedLogin): Promise<TakenAttempt | undefined> {
  if (typeof login.name !== 'string' || login.user === '')
    throw new StepUpError('ERR_STEP_UP_OPTION', 'attempts.take needs the typed name as a text, and an id or none.')

  if (login.user !== undefined) checkUser(login.user)
  const user = login.user ?? (await nobody(core, login.name))
  const answering = { challenge: newId(core.store.now(), core.randomBytes), user, factor: { guessable: true } }
  const tries = await triesOf(core, req, { ...answering, authenticators: [], isPassword: true })
  const taken = await core.audit.commit({ writes: takeWrites(tries), events: [] })
  if (taken.ok) return attemptOf(core, req, { login, tries })

  await recordDenied(core, req, { login, reason: 'too_many_attempts' })
  return undefined
}

function attemptOf(
  core: Core,
  req: Request,
  { login, tries }: { readonly login: AttemptedLogin; readonly tries: Tries },
): TakenAttempt {
  let isSettled = false
  const settle = async (how: () => Promise<unknown>): Promise<void> => {
    if (isSettled) return
    isSettled = true
    await how().catch(rethrow)
  }
  return {
    succeeded: async () =>
      await settle(async () => await core.audit.commit({ writes: giveBackWrites(tries), events: [] })),
    failed: async () => await settle(async () => await recordDenied(core, req, { login, reason: 'wrong_code' })),
  }
}

/** A try has no challenge that others could share. */
function takeWrites(tries: Tries): readonly Write[] {
  return attemptCounters(tries).filter(({ key }) => limitOf(key) !== 'challenge')
}

function giveBackWrites(tries: Tries): readonly Write[] {
  return attemptGates(tries).filter(({ by, key }) => by < 0 && limitOf(key) !== 'challenge')
}

/** Stands for whoever has no account: keyed, so that the store does not show what was typed. */
async function nobody(core: Core, name: string): Promise<string> {
  const same = name.slice(0, MAX_NAME).toWellFormed().normalize('NFKC').toLowerCase()
  return `nobody ${await core.keyring.pseudonym('step-up.attempts', same)}`
}

async function recordDenied(
  core: Core,
  req: Request,
  { login, reason }: { readonly login: AttemptedLogin; readonly reason: Reason },
): Promise<void> {
  leaveGate(req, 'denied')
  await core.audit.emit('access.denied', {
    context: contextOf(req),
    ...(login.user === undefined ? {} : { actor: { user: login.user } }),
    outcome: 'failure',
    reason,
    data: { requirement: 'sign_in' },
  })
}

function rethrow(error: unknown): never {
  throw unavailable(error)
}
