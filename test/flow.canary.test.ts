import type { LedgerEvent } from '@sallyport/audit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { findAll, leaksOf, type Found } from './canary/find-leaks.ts'
import { passFirstDoor } from './canary/first-door.ts'
import { PERMITTED } from './canary/permitted.ts'
import { Person } from './canary/person.ts'
import { readEverything } from './canary/readings.ts'
import { beRefused, mislead } from './canary/refusals.ts'
import { leaveSecondDoor, passSecondDoor } from './canary/second-door.ts'
import { runIntoTroubles } from './canary/troubles.ts'
import { openWorld, type World } from './canary/world.ts'

// One life of an application in which every secret is a canary, and then a search of every byte that was written: the
// databases and files as they are on disk, pages and headers, logs, errors, and all that readers and commands give out.

const PERSONAL = ['address', 'e-mail', 'name', 'user agent', 'client hints', 'user id', 'recipient', 'path', 'query']
const LEDGER =
  /^(?:entry|event|format|csv|story|count|reader|receipt|command)\b|^(?:open|file) (?:audit-|export|checkpoint|log\.pub)/
const DATABASES = /^(?:open|file) (?:bank|subjects)\.db/
const ANSWERS = /^(?:header |\d+ body )/
const ERRORS = /^(?:error|refusal|warning)\b/
const LOG = /^(?:open|file) application\.log/

let world: World
let events: readonly LedgerEvent[]
let found: readonly Found[]

const warn = (warning: Error): void => world.places.addError('warning', warning)

beforeAll(async () => {
  world = await openWorld()
  process.on('warning', warn)
  const member = new Person(world)
  await passFirstDoor(world, member)
  await passSecondDoor(world, member)
  world.look()
  await runIntoTroubles(world, member)
  await leaveSecondDoor(world, member)
  await beRefused(world)
  await mislead(world)
  await world.visitor().post('/leaky', { memo: world.secrets.memo })
  events = await readEverything(world)
  world.look()
  await world.close()
  found = findAll(world)
})

afterAll(() => void process.off('warning', warn))

function leaksIn(places: RegExp): readonly string[] {
  return leaksOf(found, (place) => places.test(place))
}

function kindsIn(places: RegExp): readonly string[] {
  return [...new Set(found.filter(({ place }) => places.test(place)).map(({ kind }) => kind))].toSorted()
}

describe('a secret', () => {
  test('LOG-03 v5.0.0-16.2.5 stands in no entry, sink, format, query, story, count, export, receipt or output of a command', () => {
    expect(leaksIn(LEDGER)).toEqual([])
  })

  test('LOG-04 stands there for no person either: no address, name, e-mail, user agent or address of a page', () => {
    expect(kindsIn(LEDGER).filter((kind) => PERSONAL.includes(kind))).toEqual([])
    expect(events.filter(({ sealed }) => sealed !== undefined).length).toBeGreaterThan(10)
  })

  test('F-34 v5.0.0-6.5.2 stands in no byte of the databases, their logs and free pages, but sealed', () => {
    expect(leaksIn(DATABASES)).toEqual([])
  })

  test('v5.0.0-10.1.1 v5.0.0-16.5.1 stands in no page, problem, redirect or header, but where the table says that it belongs', () => {
    expect(leaksIn(ANSWERS)).toEqual([])
  })

  test('v5.0.0-16.5.1 stands in no error, with its causes and stacks, and in no process warning', () => {
    expect(leaksIn(ERRORS)).toEqual([])
    expect(world.places.all.map(({ name }) => name)).toContain('warning')
  })

  test('LOG-03 v5.0.0-16.2.5 stands in no line of the own log of the application, behind redaction', () => {
    expect(leaksIn(LOG)).toEqual([])
  })

  test('stands nowhere else', () => {
    expect(leaksOf(found)).toEqual([])
  })
})

describe('the life that was searched', () => {
  test('had both doors, in every way to pass them and not to', () => {
    const recorded = new Set<string>(events.map(({ type }) => type))

    expect(LIVED.filter((type) => !recorded.has(type))).toEqual([])
  })

  test('was full of secrets: each kind was sent, answered or handed out somewhere', () => {
    const seen = new Set(found.map(({ kind }) => kind))

    // These never leave the process, or the machine's memory.
    expect(world.canaries.kinds.filter((kind) => !seen.has(kind))).toEqual(['session secret', 'subject key'])
  })

  test('showed each secret that the table permits, so that the table permits no more than there is', () => {
    const unused = PERMITTED.filter(
      ({ kinds, place }) => !kinds.every((kind) => found.some((one) => one.kind === kind && place.test(one.place))),
    )

    expect(unused.map(({ kinds, place }) => `${kinds.join()} ${place}`)).toEqual([])
  })
})

describe('the search finds', () => {
  test('what a sink gets that may open envelopes', () => {
    const sealed = ['address', 'client hints', 'e-mail', 'name', 'user agent']

    expect(kindsIn(/^leaky file audit\.log$/)).toEqual(expect.arrayContaining(sealed))
  })

  test('what a log holds that redacts nothing', () => {
    const typed = ['bearer token', 'code', 'csrf token', 'device cookie', 'password', 'recovery code', 'session cookie']

    expect(kindsIn(/^leaky file application\.log$/)).toEqual(expect.arrayContaining(typed))
  })

  test('what a page says that repeats a form', () => {
    expect(kindsIn(/^400 body of POST \/leaky$/)).toEqual(['body'])
  })
})

const LIVED = [
  'oidc.login.started',
  'oidc.login.succeeded',
  'oidc.login.failed',
  'oidc.logout.completed',
  'session.started',
  'session.rotated',
  'session.ended',
  'session.revoked',
  'session.reused_after_end',
  'step_up.required',
  'step_up.satisfied',
  'step_up.refused',
  'step_up.reported',
  'step_up.grant.consumed',
  'challenge.issued',
  'challenge.verified',
  'challenge.failed',
  'challenge.attempt_failed',
  'challenge.locked',
  'challenge.cancelled',
  'challenge.denied',
  'challenge.expired',
  'challenge.superseded',
  'authenticator.enrolment_started',
  'authenticator.enrolment_failed',
  'authenticator.enrolled',
  'authenticator.removed',
  'recovery_codes.generated',
  'recovery_code.used',
  'access.allowed',
  'access.completed',
  'access.denied',
  'ledger.failures_coalesced',
  'ledger.gap_recorded',
  'sink.failed',
  'sink.recovered',
  'audit.viewed',
  'audit.exported',
]
