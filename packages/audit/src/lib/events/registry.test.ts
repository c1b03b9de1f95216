import { describe, expect, test } from 'vitest'
import { SAMPLES } from '../../../test/samples.ts'
import { EVENT_TYPES, EVENTS, isEventType } from './registry.ts'

describe('the registry of events', () => {
  test('v5.0.0-16.1.1 describes every event in a sentence and says what it is evidence for', () => {
    const specs = Object.values(EVENTS)

    expect(specs.filter(({ description }) => !/^[A-Z].*\.$/.test(description))).toEqual([])
    expect(specs.filter(({ controls }) => controls.length === 0)).toEqual([])
  })

  test('names events by area, object and what happened', () => {
    expect(EVENT_TYPES.filter((type) => !/^[a-z_]+(\.[a-z_]+){1,2}$/.test(type))).toEqual([])
    expect([...EVENT_TYPES].toSorted()).toEqual(Object.keys(SAMPLES).toSorted())
  })

  test('makes every event a barrier that accompanies a change of sessions, challenges, authenticators, recovery codes or accounts', () => {
    const areas = ['session', 'challenge', 'authenticator', 'recovery_codes', 'recovery_code', 'account']
    const others = EVENT_TYPES.filter((type) => areas.includes(type.split('.')[0] ?? '')).filter(
      (type) => EVENTS[type].durability !== 'barrier',
    )

    expect(others).toEqual(['session.reused_after_end'])
  })

  test('gives every event the OCSF number of a class and an activity', () => {
    expect(EVENT_TYPES.filter((type) => !/^[1-9]\d{5}$/.test(String(EVENTS[type].ocsf)))).toEqual([])
  })

  test('knows no names beside its own', () => {
    expect([isEventType('access.denied'), isEventType('toString'), isEventType('')]).toEqual([true, false, false])
  })
})
