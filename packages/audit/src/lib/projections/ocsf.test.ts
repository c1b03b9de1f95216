import { describe, expect, test } from 'vitest'
import { bareEvent, fullEvent } from '../../../test/formats/event.ts'
import { hasOcsfSchema, ocsfJudge, readOcsf } from '../../../test/formats/ocsf-schema.ts'
import { EVENT_TYPES, EVENTS } from '../events/registry.ts'
import { OCSF_CLASSES } from './ocsf-classes.ts'
import { OCSF_VERDICTS } from './ocsf-verdicts.ts'
import { toOcsf } from './ocsf.ts'

describe.skipIf(!hasOcsfSchema)(
  'toOcsf against the schema of OCSF 1.8.0 (not run where the vectors folder is absent)',
  () => {
    const judge = ocsfJudge()

    test('makes a valid event of every type, with all that an event may have', () => {
      const wrong = EVENT_TYPES.flatMap((type) =>
        judge(toOcsf(fullEvent(type))).map((problem) => `${type}: ${problem}`),
      )

      expect(wrong).toEqual([])
    })

    test('makes a valid event of every type, with nothing that an event may lack', () => {
      const wrong = EVENT_TYPES.flatMap((type) =>
        judge(toOcsf(bareEvent(type))).map((problem) => `${type}: ${problem}`),
      )

      expect(wrong).toEqual([])
    })

    test('is judged by a schema that takes the good cases of authentication and refuses the bad ones', () => {
      const { valid, invalid } = Object(readOcsf('authentication-cases.json'))
      const verdicts = (events: readonly object[]): readonly boolean[] =>
        events.map((event) => judge(event).length === 0)

      expect(new Set(verdicts(valid))).toEqual(new Set([true]))
      expect(new Set(verdicts(invalid.map(({ event }: { event: object }) => event)))).toEqual(new Set([false]))
    })

    test('names classes and activities as the schema does', () => {
      const classes: readonly Readonly<Record<string, unknown>>[] = Object.values(
        Object(readOcsf('ocsf-1.8.0-auth-bundle.schema.json')['x-classes']),
      )
      const wrong = Object.entries(OCSF_CLASSES).filter(([uid, { activities }]) => {
        const known = Object(classes.find((one) => one['class_uid'] === Number(uid))?.['activities'])
        return Object.entries(activities).some(([id, name]) => known[id] !== name)
      })

      expect(wrong).toEqual([])
    })

    test('names actions and dispositions as the schema does', () => {
      const names = readOcsf('enums.json')
      const wrong = Object.entries(OCSF_VERDICTS).filter(
        ([, { action_id: action, disposition_id: disposition, ...told }]) =>
          Object(names['disposition_id'])[disposition] !== told.disposition ||
          (action !== 3 && Object(names['action_id'])[action] !== told.action),
      )

      expect(wrong).toEqual([])
    })
  },
)

describe('toOcsf', () => {
  test('has a name for every class and activity of the registry', () => {
    const nameless = EVENT_TYPES.filter((type) => {
      const known = OCSF_CLASSES[Math.floor(EVENTS[type].ocsf / 100)]
      const activity = EVENTS[type].ocsf % 100
      return known === undefined || (activity !== 99 && known.activities[activity] === undefined)
    })

    expect(nameless).toEqual([])
  })

  test('says where the event stands in the ledger', () => {
    const event = fullEvent('challenge.verified')
    const { metadata, time } = toOcsf(event, {
      origin: 'bank.example/ledger',
      product: { name: 'bank', version: '2.1' },
    })

    expect(time).toBe(Date.parse(event.at))
    expect(metadata).toMatchObject({
      version: '1.8.0',
      product: { vendor_name: 'Sallyport', name: 'bank', version: '2.1' },
      uid: event.id,
      sequence: 41,
      correlation_uid: 'f1',
      log_name: 'bank.example/ledger',
      tenant_uid: 't1',
      event_code: 'challenge.verified',
      tags: [{ name: 'leaf_hash', value: expect.stringMatching(/^[0-9a-f]{64}$/) }],
    })
  })

  test('asks for a challenge by a disposition, since it has none', () => {
    expect(toOcsf(bareEvent('challenge.issued'))).toMatchObject({ type_uid: 300_206, disposition_id: 23 })
    expect(toOcsf(bareEvent('step_up.required'))).toMatchObject({ action_id: 2, disposition_id: 23 })
    expect(toOcsf(bareEvent('challenge.denied'))).toMatchObject({ disposition_id: 25, severity_id: 4 })
  })

  test.each([
    ['totp', { factor_type_id: 7, factor_type: 'totp', is_totp: true }],
    ['webauthn', { factor_type_id: 10, factor_type: 'webauthn' }],
    ['otp_email', { factor_type_id: 8, factor_type: 'otp_email' }],
    ['otp_sms', { factor_type_id: 1, factor_type: 'otp_sms' }],
    ['recovery_code', { factor_type_id: 99, factor_type: 'recovery_code' }],
  ])('names the factor %s', (factor, expected) => {
    expect(toOcsf({ ...bareEvent('challenge.verified'), data: { factor } })['auth_factors']).toEqual([expected])
  })

  test.each([
    ['totp', undefined, true],
    ['webauthn', undefined, true],
    ['otp_sms', undefined, true],
    ['oidc', ['pwd'], undefined],
    ['oidc', ['pwd', 'mfa'], true],
    ['otp_email', undefined, undefined],
    ['recovery_code', undefined, undefined],
    ['a factor of the application', undefined, undefined],
  ])('says of a proof by %s with the methods %s that a second factor was proved: %s', (factor, amr, expected) => {
    const event = { ...bareEvent('challenge.verified'), data: { factor }, authn: { factor, amr } }

    expect(toOcsf(JSON.parse(JSON.stringify(event)))['is_mfa']).toBe(expected)
  })

  test('calls a person who is not known yet unknown, and makes no name up', () => {
    const { user, actor } = toOcsf({ ...bareEvent('oidc.login.failed'), request: { id: 'r1' } })

    expect(user).toEqual({ name: 'unknown', type: 'Unknown', type_id: 0 })
    expect(actor).toEqual({ user: { name: 'unknown', type: 'Unknown', type_id: 0 } })
  })

  test('shows nobody and no address where nothing was revealed', () => {
    const { revealed: _revealed, subject: _subject, ...event } = fullEvent('challenge.verified')
    const { user, src_endpoint: source, device, unmapped } = toOcsf(event)

    expect({ user, source, device }).toEqual({
      user: { uid: 'p1_actor' },
      source: { uid: 'p1_address', location: { country: 'DE' }, autonomous_system: { number: 64_500 } },
      device: {
        uid: 'p1_device',
        type: 'desktop',
        type_id: 2,
        os: { name: 'Windows', version: '11', type_id: 100 },
        subnet: '203.0.113.0/24',
      },
    })
    expect(unmapped).toMatchObject({ network: '203.0.113.0/24' })
  })

  test('shows the person, the address and the browser that were revealed', () => {
    const { actor, src_endpoint: source, http_request: request } = toOcsf(fullEvent('challenge.verified'))

    expect(actor).toMatchObject({
      user: { uid: 'p1_actor', name: 'ada', full_name: 'Ada Lovelace', email_addr: 'ada@example.com' },
    })
    expect(source).toMatchObject({ ip: '203.0.113.7', uid: 'p1_address', location: { region: 'DE-BE' } })
    expect(request).toMatchObject({ user_agent: 'Mozilla/5.0', uid: 'r1', http_method: 'POST' })
  })

  test('keeps the names of the actor from the person whom it was done to', () => {
    expect(toOcsf(fullEvent('account.locked'))['user']).toEqual({ uid: 'p1_subject' })
  })
})
