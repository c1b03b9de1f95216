import type { Write } from '@sallyport/store'

/** How often answers may be wrong, and how long things stay open (`Ms`: milliseconds). Each stands in the README's table. */
export const LIMITS = {
  /** Wrong answers to one challenge; the last one ends it. */
  challengeAttempts: 5,
  /** Wrong answers in a row of one authenticator whose answers can be guessed, within `authenticatorWindowMs`; then it is locked. */
  authenticatorAttempts: 10,
  authenticatorWindowMs: 1_800_000,
  /** Wrong answers in a row of one such authenticator in all its life; then it is disabled. */
  authenticatorLifeAttempts: 100,
  /** Wrong answers of one user, over all challenges and sessions, within `userWindowMs`. */
  userAttempts: 20,
  userWindowMs: 900_000,
  /** Wrong answers from one address (IPv6: its /64), over all users, within `addressWindowMs`. */
  addressAttempts: 100,
  addressWindowMs: 900_000,
  /** How long a browser in which a user proved a factor keeps its own tries. */
  deviceMs: 7_776_000_000,
  /** How long a challenge can be answered. */
  challengeMs: 300_000,
  /** How long a refused request's step-up stays open. */
  stepUpMs: 900_000,
  /** Step-ups that one session may open, and forms it may have kept for an open one, within `stepUpMs`. */
  stepUpsOfSession: 50,
  /** How long an enrolment can be finished. */
  enrolmentMs: 600_000,
  /** Enrolments that one user may begin within `userWindowMs`. */
  enrolments: 20,
  /** How long after its beginning a session may add its user's first authenticator. */
  firstEnrolmentMs: 900_000,
  /** Authenticators of one user. */
  authenticators: 20,
  /** Sessions of one user at once; one more ends the one that was longest without a request. */
  sessions: 100,
  /** How long a sign-in with a passkey may take. */
  signInMs: 300_000,
  /** How long an ended session is remembered. */
  tombstoneMs: 86_400_000,
  /** After its end, the use of a session by its own browser is a late request up to here and a finding afterwards. */
  lateUseMs: 10_000,
  /** Bytes of a form that is kept for later. */
  stashBytes: 65_536,
  /** Fields of a form that is kept for later. */
  stashFields: 256,
} as const

/** The counter of step-ups that one session opens, and of forms kept for those it has. */
export function stepUpCounter(lineage: string, now: number): Write {
  return {
    op: 'add',
    key: ['limit', 'step-up', lineage],
    by: 1,
    max: LIMITS.stepUpsOfSession,
    expiresAt: now + LIMITS.stepUpMs,
  }
}

/** The counter of enrolments that one user begins. */
export function enrolmentCounter(user: string, now: number): Write {
  return {
    op: 'add',
    key: ['limit', 'enrolment', user],
    by: 1,
    max: LIMITS.enrolments,
    expiresAt: now + LIMITS.userWindowMs,
  }
}
