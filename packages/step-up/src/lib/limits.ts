import type { Key, Write } from '@sallyport/store'

/** How often answers may be wrong, and how long things stay open (`Ms`: milliseconds). Each stands in the README's table. */
export const LIMITS = {
  /** Wrong answers to one challenge; the last one ends it. */
  challengeAttempts: 5,
  /** Wrong answers of one user, over all challenges and sessions, within `userWindowMs`. */
  userAttempts: 20,
  userWindowMs: 900_000,
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
  /** How long a session lasts, whatever happens in it. */
  sessionMs: 43_200_000,
  /** How long an ended session is remembered. */
  tombstoneMs: 86_400_000,
  /** After its end, the use of a session by its own browser is a late request up to here and a finding afterwards. */
  lateUseMs: 10_000,
  /** Bytes of a form that is kept for later. */
  stashBytes: 65_536,
  /** Fields of a form that is kept for later. */
  stashFields: 256,
} as const

/** The counters that a wrong answer moves. */
export function attemptCounters(challenge: string, user: string, now: number): readonly Write[] {
  return [challengeCounter(challenge, now, 1), userCounter(user, now, 1)]
}

/** Lets a right answer pass only below the limits, without using a try: both counters go up and down again. */
export function attemptGates(challenge: string, user: string, now: number): readonly Write[] {
  return [
    challengeCounter(challenge, now, 1),
    challengeCounter(challenge, now, -1),
    userCounter(user, now, 1),
    userCounter(user, now, -1),
  ]
}

/** Whether a refused counter is the user's, so that waiting helps, and not the challenge's. */
export function isUserLimit(key: Key): boolean {
  return key[1] === 'user'
}

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

function challengeCounter(challenge: string, now: number, by: number): Write {
  return {
    op: 'add',
    key: ['limit', 'challenge', challenge],
    by,
    max: LIMITS.challengeAttempts,
    // Longer than any challenge or enrolment lives, so that no try is forgotten before its end.
    expiresAt: now + LIMITS.stepUpMs,
  }
}

function userCounter(user: string, now: number, by: number): Write {
  return { op: 'add', key: ['limit', 'user', user], by, max: LIMITS.userAttempts, expiresAt: now + LIMITS.userWindowMs }
}
