import type { LedgerEvent } from '@sallyport/audit/ledger'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { formatEvent } from './format-event.ts'

const verified: LedgerEvent = {
  v: 1,
  id: 'e1',
  index: 7,
  type: 'challenge.verified',
  at: '2026-11-21T08:30:00.000Z',
  writer: { id: 'w', boot: 'b', seq: 1 },
  actor: { id: 'k1.abc' },
  outcome: 'success',
  flow: 'f1',
  data: { factor: 'totp' },
}

describe('formatEvent', () => {
  test('shows time, type, outcome, factor, reason, flow and actor', () => {
    expect(formatEvent(verified).split(/ +/)).toEqual([
      '2026-11-21T08:30:00.000Z',
      'challenge.verified',
      'success',
      'totp',
      '-',
      'flow=f1',
      'actor=k1.abc',
    ])
  })

  test('takes the factor of the proof before the one that was asked for', () => {
    expect(formatEvent({ ...verified, authn: { factor: 'webauthn' } })).toContain(' webauthn ')
  })

  test('no value adds a line or commands the terminal', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (value) => {
        const line = formatEvent({ ...verified, flow: value, actor: { id: value }, data: { factor: value } })

        expect(line).not.toMatch(/[\p{Cc}\u202a-\u202e\u2028\u2029]/u)
      }),
    )
  })
})
