import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { RETENTION_CLASSES } from '../retention/retention-contract.ts'
import { COMMON_FIELDS } from './common-fields.ts'
import { EVIDENCE } from './controls.ts'
import type { EventType } from './event-payloads.ts'
import type { EventSpec } from './event-spec.ts'
import { OWN_NAMES } from './own-names.ts'
import { EVENT_TYPES, EVENTS, isEventType } from './registry.ts'

const FRAMEWORKS = /^(SOC 2|ISO 27001|PCI DSS|HIPAA|GDPR|NIS2|DORA|ASVS|NIST SP 800-(53|63B-4)) \S/
const PRIVACY = ['clear', 'pseudonym', 'digest', 'sealed']
const ESSENTIAL_AREAS = ['ledger', 'sink', 'audit', 'privacy']
const ESSENTIAL = [
  'access.denied',
  'oidc.login.failed',
  'oidc.token.rejected',
  'oidc.logout.rejected',
  'session.reused_after_end',
  'step_up.reported',
]

describe('the registry of events', () => {
  test('v5.0.0-16.1.1 says of every event in a sentence what it means', () => {
    expect(typesWhere(({ description }) => !/^[A-Z].*\.$/.test(description))).toEqual([])
  })

  test('v5.0.0-16.1.1 says of every event which requirements it is evidence for', () => {
    expect(typesWhere(({ evidence }) => evidence.length === 0)).toEqual([])
    expect(typesWhere(({ controls }) => controls.length === 0)).toEqual([])
    expect(typesWhere(({ controls }) => !controls.every((control) => FRAMEWORKS.test(control)))).toEqual([])
  })

  test('has events for every family that auditors ask for', () => {
    const families = new Set(Object.values(EVENTS).flatMap(({ evidence }) => evidence))

    expect([...families].toSorted()).toEqual(Object.keys(EVIDENCE).toSorted())
  })

  test('names events by area, object and what happened', () => {
    expect(EVENT_TYPES.filter((type) => !/^[a-z_]+(\.[a-z_]+){1,2}$/.test(type))).toEqual([])
  })

  test('makes every event a barrier that accompanies a change of sessions, challenges, authenticators, recovery codes or accounts', () => {
    const areas = ['session', 'challenge', 'authenticator', 'recovery_codes', 'recovery_code', 'account']
    const others = EVENT_TYPES.filter((type) => areas.includes(areaOf(type))).filter(
      (type) => EVENTS[type].durability !== 'barrier',
    )

    expect(others).toEqual(['session.reused_after_end', 'challenge.delivered', 'challenge.delivery_failed'])
  })

  test('LOG-07 holds essential what accompanies a change, and what a ledger without it could not be trusted for', () => {
    const expected = EVENT_TYPES.filter(
      (type) =>
        EVENTS[type].durability === 'barrier' ||
        ESSENTIAL_AREAS.includes(areaOf(type)) ||
        ESSENTIAL.some((one) => one === type),
    )

    expect(EVENT_TYPES.filter((type) => EVENTS[type].essential)).toEqual(expected)
  })

  test('gives every event a class that says how long its personal data is kept', () => {
    expect(typesWhere(({ retention }) => !RETENTION_CLASSES.includes(retention))).toEqual([])
  })

  test('LOG-03 gives every field of every payload a privacy class, and has none for what must not be recorded', () => {
    const classes = Object.values(EVENTS).flatMap(({ fields }) => Object.values(fields))

    expect(typesWhere(({ example, fields }) => !Object.keys(example).every((name) => name in fields))).toEqual([])
    expect([...classes, ...Object.values(COMMON_FIELDS)].filter((one) => !PRIVACY.includes(one))).toEqual([])
  })

  test('has no field in clear for a person, a code, a secret, a token’s text, a cookie or a whole address', () => {
    const clear = Object.values(EVENTS).flatMap(({ fields }) =>
      Object.entries<string>(fields).flatMap(([name, privacy]) => (privacy === 'clear' ? [name] : [])),
    )

    expect(clear.filter((name) => /name|email|phone|user|secret|cookie|password|address|nonce/i.test(name))).toEqual([])
  })

  test('knows no names beside its own', () => {
    expect([isEventType('access.denied'), isEventType('toString'), isEventType('')]).toEqual([true, false, false])
  })
})

const vectors = new URL('../../../../../../shared/vectors/', import.meta.url)
const present = existsSync(vectors)

describe.skipIf(!present)('the names of other vocabularies (run where ../shared/vectors is present)', () => {
  test('are ECS 9.4 categories, with types that are expected of them', () => {
    const file = read('ecs/ecs-9.4.0-fields.json')
    const allowed = new Map(
      listAt(file, 'allowed_values', 'event.category').map((one) => [
        String(at(one, 'name')),
        listAt(one, 'expected_event_types'),
      ]),
    )
    const isRight = ({ ecs }: EventSpec): boolean =>
      ecs.category.length > 0 &&
      ecs.type.length > 0 &&
      ecs.category.every((category) => allowed.has(category)) &&
      ecs.type.every((type) => ecs.category.some((category) => allowed.get(category)?.includes(type)))

    expect(typesWhere((spec) => !isRight(spec))).toEqual([])
  })

  test('are activities of OCSF 1.8 classes', () => {
    const classes = Object.values(objectAt(read('ocsf/ocsf-1.8.0-auth-bundle.schema.json'), 'x-classes'))
    const numbers = new Set(
      classes.flatMap((one) =>
        Object.keys(objectAt(one, 'activities')).map(
          (activity) => Number(at(one, 'class_uid')) * 100 + Number(activity),
        ),
      ),
    )

    expect(typesWhere(({ ocsf }) => !numbers.has(ocsf))).toEqual([])
  })

  test('are event types of CAEP, or of RISC where CAEP has none', () => {
    const file = read('caep/event-types.json')
    const names = new Set<unknown>([...Object.keys(objectAt(file, 'caep')), ...listAt(file, 'risc')])

    expect(typesWhere(({ caep }) => caep !== undefined && !names.has(caep))).toEqual([])
  })

  test('are those of the OWASP Logging Vocabulary, and our own where it has none', () => {
    const known = new Set(listAt(read('owasp/logging-vocabulary.json'), 'events').map((one) => at(one, 'event')))
    const own = new Set(Object.values(EVENTS).flatMap(({ owasp }) => (known.has(owasp) ? [] : [owasp])))

    expect([...own].toSorted()).toEqual(Object.keys(OWN_NAMES))
  })
})

function typesWhere(isSo: (spec: EventSpec) => boolean): readonly EventType[] {
  return EVENT_TYPES.filter((type) => isSo(EVENTS[type]))
}

function areaOf(type: EventType): string {
  return type.split('.')[0] ?? ''
}

function read(name: string): unknown {
  return JSON.parse(readFileSync(new URL(name, vectors), 'utf8'))
}

function at(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (inner, name) => (typeof inner === 'object' && inner !== null ? Reflect.get(inner, name) : undefined),
    value,
  )
}

function listAt(value: unknown, ...path: readonly string[]): readonly unknown[] {
  const found = at(value, ...path)
  return Array.isArray(found) ? found : []
}

function objectAt(value: unknown, ...path: readonly string[]): object {
  const found = at(value, ...path)
  return typeof found === 'object' && found !== null ? found : {}
}
