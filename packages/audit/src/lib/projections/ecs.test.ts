import { describe, expect, test } from 'vitest'
import { ecsJudge, hasEcsFields } from '../../../test/formats/ecs-fields.ts'
import { bareEvent, fullEvent } from '../../../test/formats/event.ts'
import { EVENT_TYPES } from '../events/registry.ts'
import { toEcs } from './ecs.ts'

describe.skipIf(!hasEcsFields)(
  'toEcs against the fields of ECS 9.4.0 (not run where the vectors folder is absent)',
  () => {
    const judge = ecsJudge()

    test('makes a valid document of every type, with all that an event may have', () => {
      const wrong = EVENT_TYPES.flatMap((type) => judge(toEcs(fullEvent(type))).map((problem) => `${type}: ${problem}`))

      expect(wrong).toEqual([])
    })

    test('makes a valid document of every type, with nothing that an event may lack', () => {
      const wrong = EVENT_TYPES.flatMap((type) => judge(toEcs(bareEvent(type))).map((problem) => `${type}: ${problem}`))

      expect(wrong).toEqual([])
    })

    test('judges what is no field, of another type, no list, or not allowed', () => {
      const good = toEcs(bareEvent('access.denied'))
      const event = Object(good['event'])
      const documents = [
        { ...good, session: { id: 'x' } },
        { ...good, source: { ip: '203.0.113.0/24' } },
        { ...good, related: { ip: '203.0.113.7' } },
        { ...good, event: { ...event, outcome: 'good' } },
        { ...good, event: { ...event, type: ['indicator'] } },
      ]

      expect([judge(good), ...documents.map((document) => judge(document).length)]).toEqual([[], 1, 1, 1, 1, 1])
    })
  },
)

describe('toEcs', () => {
  test('shows nobody and no address where nothing was revealed', () => {
    const { revealed: _revealed, ...event } = fullEvent('access.denied')
    const { user, source, related, user_agent: userAgent } = toEcs(event)

    expect({ user, source, related, userAgent }).toEqual({
      user: { id: 'p1_actor', hash: 'p1_actor', target: { id: 'p1_subject', hash: 'p1_subject' } },
      source: { address: '203.0.113.0/24', as: { number: 64_500 }, geo: { country_iso_code: 'DE' } },
      related: { user: ['p1_actor', 'p1_subject'] },
      userAgent: { name: 'Chrome', version: '142', os: { full: 'Windows 11' } },
    })
  })

  test('shows the person, the address and the browser that were revealed', () => {
    const { user, source, related, user_agent: userAgent } = toEcs(fullEvent('access.denied'))

    expect(user).toMatchObject({ name: 'ada', full_name: 'Ada Lovelace', email: 'ada@example.com', id: 'p1_actor' })
    expect(source).toMatchObject({ address: '203.0.113.7', ip: '203.0.113.7', geo: { region_iso_code: 'DE-BE' } })
    expect(related).toMatchObject({ ip: ['203.0.113.7'] })
    expect(userAgent).toMatchObject({ original: 'Mozilla/5.0' })
  })

  test('never calls something an address that is none', () => {
    const zoned = { ...fullEvent('access.denied'), revealed: { ip: 'fe80::1%eth0', region: 'Bavaria' } }
    const { source, sallyport } = toEcs(zoned)

    expect(source).toMatchObject({ address: '203.0.113.0/24', geo: { region_name: 'Bavaria' } })
    expect(source).not.toHaveProperty('ip')
    expect(sallyport).toMatchObject({ revealed: { ip: 'fe80::1%eth0' } })
  })

  test('gives the duration of a request in nanoseconds, and its status', () => {
    const event = bareEvent('access.completed')
    const data = { status: 204, durationMs: 12, aborted: false }

    expect(toEcs({ ...event, data })).toMatchObject({
      event: { duration: 12_000_000 },
      http: { response: { status_code: 204 } },
    })
  })

  test('writes payloads as texts, so that one name has one type in an index', () => {
    const data = { first: true, count: 2, names: ['a', 1], nested: { a: 1 } }
    const { sallyport } = toEcs({ ...bareEvent('access.denied'), data })

    expect(sallyport).toMatchObject({ data: { first: 'true', count: '2', names: ['a', '1'], nested: '{"a":1}' } })
  })
})
