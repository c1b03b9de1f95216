import {
  budgetOf,
  endAll,
  giveCookie,
  isGood,
  judgeCode,
  missing,
  NEEDS,
  newBrowser,
  newSession,
  newStepUp,
  newUser,
  proofsOf,
  rotate,
  type RouteName,
} from './rules.ts'
import {
  Budgets,
  count,
  Counter,
  REFUSED,
  type Authenticator,
  type Browser,
  type Challenge,
  type Code,
  type Cookie,
  type Enrolment,
  type Expected,
  type FactorKind,
  type Need,
  type Proof,
  type Session,
  type StepUp,
  type User,
} from './parts.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
// What the README says of limits and times.
const IDLE_MS = HOUR
const WINDOW_MS = 15 * MINUTE

/** How a challenge can end in the model. */
export type End = 'verified' | 'expired' | 'superseded' | 'cancelled' | 'denied' | 'locked'

/** What the second door should do, as its README says it, in one thread and without a store, a clock or HTTP. */
export class Model {
  now: number
  readonly users: readonly User[]
  readonly browsers: readonly Browser[]
  readonly stepUps: StepUp[] = []
  readonly enrolments: Enrolment[] = []
  /** Handlers that ran, in order. */
  readonly done: string[] = []
  readonly ends: End[] = []
  issued = 0
  enrolled = 0
  readonly #address = new Counter(100, WINDOW_MS)

  constructor(now: number, names: readonly string[]) {
    this.now = now
    this.users = names.map(newUser)
    this.browsers = [0, 1, 2].map(newBrowser)
  }

  /** The time step of authenticator apps. */
  get step(): number {
    return Math.floor(this.now / 30_000)
  }

  signIn(browser: Browser, user: User): Expected {
    const before = this.#sessionOf(browser.cookie)
    if (user.isLocked) return REFUSED.locked

    if (!('status' in before)) before.isOver = true
    const session = newSession(user, this.now)
    user.sessions.push(session)
    giveCookie(browser, { session })
    return { status: 200 }
  }

  signOut(browser: Browser): Expected {
    const session = this.#sessionOf(browser.cookie)
    if (!('status' in session)) session.isOver = true
    giveCookie(browser, undefined)
    return { status: 200 }
  }

  visit(cookie: Cookie | undefined, route: RouteName, body: string): Expected {
    const session = this.#sessionOf(cookie)
    if ('status' in session) return session
    const need = NEEDS[route]
    const refused = this.#gate(session, need.isAction ? { ...need, name: `${need.name} ${body}` } : need)
    if (refused !== undefined) return refused
    this.done.push(route)
    return { status: 200 }
  }

  open(browser: Browser, stepUp: StepUp, asked: FactorKind): Expected {
    const session = this.#sessionOf(browser.cookie)
    if ('status' in session) return session
    if (stepUp.session !== session || this.now >= stepUp.until) return REFUSED.unknown
    if (stepUp.status === 'satisfied') return { status: 303 }
    if (stepUp.status === 'ended') return REFUSED.ended

    const offered = this.#helpful(stepUp).filter((name) => session.user.authenticators.some((a) => a.factor === name))
    const factor = offered.includes(asked) ? asked : offered[0]
    if (factor === undefined) return REFUSED.enrolFirst
    const { challenge } = stepUp
    if (challenge?.isOver === false && challenge.factor === factor && this.now < challenge.until)
      return { status: 200, factor }

    if (challenge?.isOver === false) this.#end(challenge, 'superseded')
    const until = Math.min(this.now + 5 * MINUTE, stepUp.until)
    stepUp.challenge = { factor, until, wrong: new Counter(5, WINDOW_MS), isOver: false }
    this.issued += 1
    return { status: 200, factor }
  }

  answer(browser: Browser, stepUp: StepUp, { factor, code }: { factor: FactorKind; code: Code }): Expected {
    const session = this.#sessionOf(browser.cookie)
    if ('status' in session) return session
    if (stepUp.session !== session || this.now >= stepUp.until) return REFUSED.unknown
    const { challenge } = stepUp
    if (challenge?.isOver !== false || challenge.factor !== factor || this.now >= challenge.until) return REFUSED.ended

    const { user } = session
    if (!user.authenticators.some((each) => each.factor === factor)) return REFUSED.ended
    const tries = [challenge.wrong, ...this.#triesOf(browser, user)]
    const budget = budgetOf(browser, user)
    const asked = user.authenticators.filter((a) => a.factor === factor && a.wrong.of(budget).hasRoom(this.now))
    const right = asked.find((each) => judgeCode(each, code, this.step) === 'right')
    if (right === undefined) {
      if (!count([...tries, ...asked.map((each) => each.wrong.of(budget))], this.now, 1)) return REFUSED.limit
      if (!challenge.wrong.hasRoom(this.now)) this.#end(challenge, 'locked')
      if (asked.length === 0 || challenge.isOver) return REFUSED.limit
      return asked.some((each) => judgeCode(each, code, this.step) === 'reused') ? REFUSED.reused : REFUSED.wrong
    }
    if (!count([...tries, right.wrong.of(budget)], this.now, 0)) return REFUSED.limit
    right.lastStep = code.step
    right.wrong.forget()
    browser.known.set(user, user.epoch)
    this.#end(challenge, 'verified')
    this.#gain(stepUp, { of: right, at: this.now })
    rotate(browser, session, this.now)
    return { status: 200, more: stepUp.status === 'open' }
  }

  /** Cancelling ends the step-up; denying ends all sessions of the user with it, whatever has become of it. */
  giveUp(browser: Browser, stepUp: StepUp, end: 'cancelled' | 'denied'): Expected {
    const session = this.#sessionOf(browser.cookie)
    if ('status' in session) return session
    if (stepUp.session !== session || this.now >= stepUp.until) return REFUSED.unknown
    if (stepUp.status !== 'open' && end === 'cancelled') return REFUSED.ended

    if (stepUp.status === 'open' && stepUp.challenge?.isOver === false) this.#end(stepUp.challenge, end)
    if (stepUp.status === 'open') stepUp.status = 'ended'
    if (end === 'denied') endAll(session.user)
    return { status: 200, code: 'ERR_STEP_UP_ENDED' }
  }

  beginEnrolment(browser: Browser, factor: FactorKind): Expected {
    const session = this.#sessionOf(browser.cookie)
    if ('status' in session) return session
    const { user } = session
    const refused = this.#mayChange(session)
    if (refused !== undefined) return refused
    if (user.authenticators.length === 0 && this.now - session.startedAt > WINDOW_MS) return REFUSED.loginAgain
    if (user.authenticators.length >= 20 || !count([user.begun], this.now, 1)) return REFUSED.limit

    const [wrong, until] = [new Counter(5, WINDOW_MS), this.now + 10 * MINUTE]
    this.enrolments.push({ session, browser, factor, epoch: user.epoch, until, wrong, isOver: false })
    return { status: 200 }
  }

  finishEnrolment(browser: Browser, enrolment: Enrolment, isRight: boolean): Expected {
    const session = this.#sessionOf(browser.cookie)
    if ('status' in session) return session
    const { user } = session
    const isMine = enrolment.session === session && enrolment.browser === browser && enrolment.epoch === user.epoch
    if (!isMine || enrolment.isOver || this.now >= enrolment.until) return REFUSED.ended
    if (!count([enrolment.wrong, ...this.#triesOf(browser, user)], this.now, isRight ? 0 : 1)) return REFUSED.limit
    if (!isRight) return REFUSED.wrong

    enrolment.isOver = true
    const wrong = new Budgets(() => new Counter(10, 30 * MINUTE))
    user.authenticators = [...user.authenticators, { factor: enrolment.factor, wrong, lastStep: this.step }]
    user.epoch += 1
    this.enrolled += 1
    return { status: 201 }
  }

  remove(browser: Browser, authenticator: Authenticator): Expected {
    const session = this.#sessionOf(browser.cookie)
    if ('status' in session) return session
    const { user } = session
    const refused = this.#mayChange(session)
    if (refused !== undefined) return refused
    if (!user.authenticators.includes(authenticator)) return REFUSED.unknown

    user.authenticators = user.authenticators.filter((each) => each !== authenticator)
    user.epoch += 1
    return { status: 200 }
  }

  dropElevation(browser: Browser): Expected {
    const session = this.#sessionOf(browser.cookie)
    if ('status' in session) return session
    session.proofs = []
    session.grants.clear()
    for (const enrolment of this.enrolments) enrolment.isOver ||= enrolment.session === session
    rotate(browser, session, this.now)
    return { status: 200 }
  }

  endOthers(browser: Browser): Expected {
    const session = this.#sessionOf(browser.cookie)
    if ('status' in session) return session
    for (const other of session.user.sessions) other.isOver ||= other !== session
    return { status: 200 }
  }

  administer(user: User, word: 'endSessions' | 'lock' | 'unlock' | 'resetAuthenticators'): void {
    if (word === 'unlock') user.isLocked = false
    else endAll(user)
    if (word === 'lock') user.isLocked = true
    if (word !== 'resetAuthenticators') return
    user.authenticators = []
    user.epoch += 1
  }

  /** Ends what is overdue. */
  closeOverdue(): void {
    for (const { challenge } of this.stepUps)
      if (challenge?.isOver === false && this.now >= challenge.until) this.#end(challenge, 'expired')
  }

  #sessionOf(cookie: Cookie | undefined): Session | Expected {
    if (cookie === undefined) return REFUSED.login
    const { session, rotatedAt } = cookie
    if (rotatedAt !== undefined) return this.now - rotatedAt < 24 * HOUR ? REFUSED.rotated : REFUSED.login
    session.isOver ||= this.now - session.startedAt >= 12 * HOUR || this.now - session.seenAt > IDLE_MS
    if (session.isOver) return REFUSED.login
    // A request is noted once in a twentieth of the idle time.
    if (this.now - session.seenAt >= IDLE_MS / 20) session.seenAt = this.now
    return session
  }

  /** What keeps a session from what needs this; nothing if it may. */
  #gate(session: Session, need: Need): Expected | undefined {
    const { grants } = session
    if (need.isAction) {
      const grant = grants.get(need.name)
      if (grant !== undefined && isGood(grant, session.user, this.now)) return void grants.delete(need.name)
    } else if (missing(need, proofsOf(session, this.now)).length === 0) return undefined

    const shared = session.stepUps.find(
      (each) => each.need.name === need.name && each.status === 'open' && this.now < each.until,
    )
    if (shared === undefined && !count([session.opened], this.now, 1)) return REFUSED.limit
    const stepUp = shared ?? newStepUp(session, need, this.now)
    if (shared === undefined) this.stepUps.push(stepUp)
    return { status: 401, code: 'ERR_STEP_UP_REQUIRED', stepUp }
  }

  /** The strongest that the user has decides over all authenticators; the first one needs none. */
  #mayChange(session: Session): Expected | undefined {
    const { authenticators } = session.user
    if (authenticators.length === 0) return undefined
    const demand = authenticators.some(({ factor }) => factor === 'webauthn') ? 'webauthn' : 'any'
    return this.#gate(session, { name: `change ${demand}`, demand, isAction: false })
  }

  #helpful({ need, session, collected }: StepUp): readonly FactorKind[] {
    const open = missing(need, need.isAction ? collected : proofsOf(session, this.now))
    return open.length > 0 ? open : missing(need.demand === 'webauthn' ? need : NEEDS.plain, [])
  }

  #gain(stepUp: StepUp, proof: Proof): void {
    const { session, need, collected } = stepUp
    const kept = proofsOf(session, this.now).filter(({ of }) => of !== proof.of)
    collected.push(proof)
    session.proofs = need.isAction ? proofsOf(session, this.now) : [...kept, proof]
    session.epoch = session.user.epoch
    if (missing(need, need.isAction ? collected : session.proofs).length > 0) return
    stepUp.status = 'satisfied'
    if (need.isAction) session.grants.set(need.name, proof)
  }

  #triesOf(browser: Browser, user: User): readonly Counter[] {
    const budget = budgetOf(browser, user)
    return [user.wrong.of(budget), ...(budget === 'new' ? [this.#address] : [])]
  }

  #end(challenge: Challenge, end: End): void {
    challenge.isOver = true
    this.ends.push(this.now < challenge.until ? end : 'expired')
  }
}
