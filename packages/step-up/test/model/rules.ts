import {
  Budgets,
  Counter,
  type Authenticator,
  type Browser,
  type Code,
  type Cookie,
  type FactorKind,
  type Need,
  type Proof,
  type Session,
  type StepUp,
  type User,
} from './parts.ts'

/** The guarded routes of the bank. */
export type RouteName = 'plain' | 'strict' | 'both' | 'transfer'

/** What they ask for. */
export const NEEDS: Readonly<Record<RouteName, Need>> = {
  plain: { name: 'plain', demand: 'any', isAction: false },
  strict: { name: 'strict', demand: 'webauthn', isAction: false },
  both: { name: 'both', demand: 'both', isAction: false },
  transfer: { name: 'transfer', demand: 'any', isAction: true },
}

const FRESH_MS = 300_000
const WINDOW_MS = 900_000

export function newUser(name: string): User {
  const wrong = new Budgets(() => new Counter(20, WINDOW_MS))
  const begun = new Counter(20, WINDOW_MS)
  return { name, sessions: [], wrong, begun, authenticators: [], epoch: 0, isLocked: false }
}

export function newBrowser(place: number): Browser {
  return { place, old: [], known: new Map(), cookie: undefined }
}

export function newSession(user: User, now: number): Session {
  const { epoch } = user
  const opened = new Counter(50, WINDOW_MS)
  const times = { startedAt: now, seenAt: now, isOver: false }
  return { user, opened, stepUps: [], grants: new Map(), proofs: [], epoch, ...times }
}

/** Opens a step-up of a session. */
export function newStepUp(session: Session, need: Need, now: number): StepUp {
  const until = now + WINDOW_MS
  const stepUp: StepUp = { session, need, until, collected: [], status: 'open', challenge: undefined }
  session.stepUps.push(stepUp)
  return stepUp
}

export function giveCookie(browser: Browser, cookie: Cookie | undefined): void {
  if (browser.cookie !== undefined) browser.old.push(browser.cookie)
  browser.cookie = cookie
}

export function rotate(browser: Browser, session: Session, now: number): void {
  if (browser.cookie !== undefined) browser.cookie.rotatedAt = now
  giveCookie(browser, { session })
}

export function endAll(user: User): void {
  for (const session of user.sessions) session.isOver = true
}

/** Whose tries a browser uses: its own where the user proved a factor since the last change, the strangers' otherwise. */
export function budgetOf(browser: Browser, user: User): Browser | 'new' {
  return browser.known.get(user) === user.epoch ? browser : 'new'
}

/** Whether a grant is good: it dies with its age and its authenticator. */
export function isGood({ of, at }: Proof, user: User, now: number): boolean {
  return now - at < FRESH_MS && user.authenticators.includes(of)
}

/** What a session still proves: it dies with its age and with any change of authenticators. */
export function proofsOf({ proofs, epoch, user }: Session, now: number): readonly Proof[] {
  return epoch === user.epoch ? proofs.filter(({ at }) => now - at <= FRESH_MS) : []
}

/** The factors of which one has to be proved next; none when all is proved. */
export function missing({ demand }: Need, proofs: readonly Proof[]): readonly FactorKind[] {
  const proved = proofs.map(({ of }) => of.factor)
  if (demand === 'any') return proved.length > 0 ? [] : ['totp', 'webauthn']
  const wanted: readonly FactorKind[] = demand === 'both' ? ['totp', 'webauthn'] : ['webauthn']
  return wanted.filter((factor) => !proved.includes(factor))
}

/** A key's secret is always right; an app's code is good for its time step and the two beside it, once. */
export function judgeCode(authenticator: Authenticator, code: Code, step: number): 'right' | 'reused' | 'wrong' {
  if (code.of !== authenticator) return 'wrong'
  if (authenticator.factor === 'webauthn') return 'right'
  if (Math.abs(code.step - step) > 1) return 'wrong'
  return code.step > authenticator.lastStep ? 'right' : 'reused'
}
