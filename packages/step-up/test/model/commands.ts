import fc from 'fast-check'

import {
  administer,
  beginEnrolment,
  close,
  drop,
  endOthers,
  enrol,
  finishEnrolment,
  flood,
  giveUp,
  pause,
  remove,
} from './changes.ts'
import type { FactorKind } from './parts.ts'
import type { RouteName } from './rules.ts'
import { answer, BODIES, open, pass, signIn, signOut, visit, visitTwice, visitWith, work, type Step } from './visits.ts'

const browsers = fc.constantFrom(0, 0, 0, 1, 1, 2)
// 3: whoever's step-up it is.
const whose = fc.constantFrom(0, 1, 2, 3, 3, 3, 3, 3, 3)
const users = fc.constantFrom(0, 0, 0, 1, 2)
const picks = fc.constantFrom(0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7)
const factors = fc.constantFrom<FactorKind>('totp', 'webauthn')
const routes = fc.constantFrom<RouteName>('plain', 'strict', 'both', 'transfer', 'transfer')
const bodies = fc.constantFrom(...BODIES)

const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const pauses = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(SECOND, 30 * SECOND, 60 * SECOND, 3 * MINUTE) },
  { weight: 3, arbitrary: fc.constantFrom(5 * MINUTE, 10 * MINUTE, 15 * MINUTE, 30 * MINUTE) },
  { weight: 1, arbitrary: fc.constantFrom(HOUR, 6 * HOUR, 12 * HOUR, 25 * HOUR) },
)
const codes = fc.record({
  factor: factors,
  whose: fc.constantFrom(0, 0, 1, 1, 1, 1, 2, 3),
  late: fc.constantFrom(0, 0, 0, 0, -1, 1, -2, 2),
  times: fc.constantFrom(1, 1, 1, 3, 7, 12),
  isRightLast: fc.boolean(),
})
const words = fc.constantFrom('endSessions', 'lock', 'unlock', 'unlock', 'unlock', 'resetAuthenticators')
const ends = fc.constantFrom('cancelled', 'cancelled', 'cancelled', 'denied')
const floods = fc.constantFrom('transfer', 'enrolment')

// Of many steps few should end everything, and some have to come in numbers.
const rare: fc.Arbitrary<Step> = fc.oneof(
  fc.tuple(users, words).map((args) => administer(...args)),
  browsers.map(signOut),
  browsers.map(drop),
  browsers.map(endOthers),
  fc.tuple(browsers, floods).map((args) => flood(...args)),
  fc.tuple(browsers, picks).map((args) => remove(...args)),
  browsers.map(work),
  fc.tuple(whose, picks, ends).map((args) => giveUp(...args)),
)

const passings = fc.record({
  route: routes,
  factor: factors,
  twice: fc.boolean(),
  meanwhile: fc.oneof(
    { weight: 4, arbitrary: fc.constant(undefined) },
    { weight: 1, arbitrary: browsers.map(drop) },
    { weight: 1, arbitrary: fc.tuple(browsers, picks).map((args) => remove(...args)) },
    { weight: 1, arbitrary: rare },
  ),
})

/** What happens, as a list for `fc.commands`: each kind with its weight. */
export const steps: fc.Arbitrary<Step>[] = [
  [2, fc.tuple(browsers, users).map((args) => signIn(...args))] as const,
  [2, fc.tuple(browsers, routes, bodies).map((args) => visit(...args))] as const,
  [2, fc.tuple(browsers, routes, bodies).map((args) => visitTwice(...args))] as const,
  [1, fc.tuple(browsers, picks, routes).map((args) => visitWith(...args))] as const,
  [2, fc.tuple(whose, picks, factors).map((args) => open(...args))] as const,
  [4, fc.tuple(whose, picks, codes).map((args) => answer(...args))] as const,
  [4, fc.tuple(browsers, passings).map((args) => pass(...args))] as const,
  [1, fc.tuple(browsers, factors, fc.constantFrom(0, 0, 0, 1, 6)).map((args) => enrol(...args))] as const,
  [2, fc.tuple(browsers, factors).map((args) => beginEnrolment(...args))] as const,
  [
    2,
    fc.tuple(fc.constantFrom(0, 1, 3, 3, 3, 4), picks, fc.boolean()).map((args) => finishEnrolment(...args)),
  ] as const,
  [1, fc.constant(null).map(close)] as const,
  [3, pauses.map(pause)] as const,
  [2, rare] as const,
].flatMap(([weight, arbitrary]) => Array.from({ length: weight }, () => arbitrary))
