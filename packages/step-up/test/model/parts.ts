/** A count within a fixed window, which begins with whatever first asks for it and ends on its own. */
export class Counter {
  readonly #max: number
  readonly #windowMs: number
  #count = 0
  #until = 0

  constructor(max: number, windowMs: number) {
    this.#max = max
    this.#windowMs = windowMs
  }

  hasRoom(now: number): boolean {
    return now >= this.#until || this.#count < this.#max
  }

  /** Adds up to one; gives the count. */
  add(now: number, by: 0 | 1): number {
    if (now >= this.#until) {
      this.#count = 0
      this.#until = now + this.#windowMs
    }
    this.#count += by
    return this.#count
  }
}

/** Counters of one kind, one for each browser that is known and one for all that are not. */
export class Budgets {
  readonly #make: () => Counter
  readonly #counters = new Map<Browser | 'new', Counter>()

  constructor(make: () => Counter) {
    this.#make = make
  }

  of(budget: Browser | 'new'): Counter {
    const counter = this.#counters.get(budget) ?? this.#make()
    this.#counters.set(budget, counter)
    return counter
  }

  /** A right answer begins all counts anew. */
  forget(): void {
    this.#counters.clear()
  }
}

/** Moves all counters or, if one has no room, none. */
export function count(counters: readonly Counter[], now: number, by: 0 | 1): boolean {
  if (!counters.every((counter) => counter.hasRoom(now))) return false
  for (const counter of counters) counter.add(now, by)
  return true
}

export type FactorKind = 'totp' | 'webauthn'

export interface Authenticator {
  readonly factor: FactorKind
  readonly wrong: Budgets
  /** The step of the last code that counted. */
  lastStep: number
}

/** What is typed: the code of an authenticator at a time step, or one that nobody has. */
export interface Code {
  readonly of: Authenticator | undefined
  readonly step: number
}

export interface User {
  readonly name: string
  readonly sessions: Session[]
  readonly wrong: Budgets
  readonly begun: Counter
  authenticators: Authenticator[]
  /** Moves with every change of authenticators. */
  epoch: number
  isLocked: boolean
}

export interface Proof {
  readonly of: Authenticator
  readonly at: number
}

/** One sign-in with all its rotations. */
export interface Session {
  readonly user: User
  readonly startedAt: number
  readonly opened: Counter
  readonly stepUps: StepUp[]
  readonly grants: Map<string, Proof>
  seenAt: number
  isOver: boolean
  proofs: readonly Proof[]
  /** The user's epoch at the last proof. */
  epoch: number
}

/** What a browser holds; a rotation makes a new one. */
export interface Cookie {
  readonly session: Session
  rotatedAt?: number
}

export interface Browser {
  readonly place: number
  /** Cookies that it had before. */
  readonly old: Cookie[]
  /** Whose factors were proved here, at which epoch. */
  readonly known: Map<User, number>
  cookie: Cookie | undefined
}

/** What a route asks for. */
export interface Need {
  /** Equal needs of one session share a step-up. */
  readonly name: string
  readonly demand: 'any' | 'webauthn' | 'both'
  readonly isAction: boolean
}

export interface Challenge {
  readonly factor: FactorKind
  readonly until: number
  readonly wrong: Counter
  isOver: boolean
}

export interface StepUp {
  readonly session: Session
  readonly need: Need
  readonly until: number
  readonly collected: Proof[]
  status: 'open' | 'satisfied' | 'ended'
  challenge: Challenge | undefined
}

export interface Enrolment {
  readonly session: Session
  readonly browser: Browser
  readonly factor: FactorKind
  readonly epoch: number
  readonly until: number
  readonly wrong: Counter
  isOver: boolean
}

/** What an answer says. */
export interface Expected {
  readonly status: number
  readonly code?: string
  /** The step-up that a refusal names. */
  readonly stepUp?: StepUp
  /** The factor that a page asks for. */
  readonly factor?: FactorKind
  readonly more?: boolean
}

type RefusalName =
  | 'login'
  | 'rotated'
  | 'locked'
  | 'loginAgain'
  | 'enrolFirst'
  | 'unknown'
  | 'ended'
  | 'wrong'
  | 'reused'
  | 'limit'

/** What is refused, by name. */
export const REFUSED: Readonly<Record<RefusalName, Expected>> = {
  login: { status: 401, code: 'ERR_LOGIN_REQUIRED' },
  rotated: { status: 401, code: 'ERR_SESSION_ROTATED' },
  locked: { status: 403, code: 'ERR_ACCOUNT_LOCKED' },
  loginAgain: { status: 403, code: 'ERR_LOGIN_REQUIRED' },
  enrolFirst: { status: 403, code: 'ERR_STEP_UP_REQUIRED' },
  unknown: { status: 404, code: 'ERR_STEP_UP_UNKNOWN' },
  ended: { status: 410, code: 'ERR_STEP_UP_ENDED' },
  wrong: { status: 422, code: 'ERR_STEP_UP_WRONG_CODE' },
  reused: { status: 422, code: 'ERR_STEP_UP_CODE_REUSED' },
  limit: { status: 429, code: 'ERR_STEP_UP_LIMIT' },
}
