import { describe, expect, test } from 'vitest'
import { bareEvent } from '../../../test/formats/event.ts'
import { EVENT_TYPES } from '../events/registry.ts'
import { SEVERITIES, severityOf } from './severity.ts'

describe('severityOf', () => {
  test('has one for every type, and takes no everyday event for an alarm', () => {
    const everyday = ['access.allowed', 'session.started', 'oidc.login.succeeded', 'ledger.heartbeat'] as const

    expect(EVENT_TYPES.filter((type) => !SEVERITIES.includes(severityOf(bareEvent(type))))).toEqual([])
    expect(everyday.map((type) => severityOf(bareEvent(type)))).toEqual(everyday.map(() => 'informational'))
  })

  test('puts what speaks of an attacker above what failed', () => {
    const of = (type: 'challenge.denied' | 'session.reused_after_end' | 'oidc.login.failed'): string =>
      severityOf({ ...bareEvent(type), outcome: 'failure' })

    expect([of('challenge.denied'), of('session.reused_after_end'), of('oidc.login.failed')]).toEqual([
      'high',
      'high',
      'medium',
    ])
  })

  test('judges a verdict on the ledger by what it says', () => {
    const of = (verdict: string): string => severityOf({ ...bareEvent('audit.verified'), data: { verdict } })

    expect([of('good'), of('corrupt'), of('incomplete')]).toEqual(['informational', 'critical', 'critical'])
  })

  test('is calm again when clocks agree', () => {
    const of = (kind: string): string => severityOf({ ...bareEvent('ledger.clock_deviated'), data: { kind } })

    expect([of('agreed'), of('step')]).toEqual(['informational', 'medium'])
  })
})
