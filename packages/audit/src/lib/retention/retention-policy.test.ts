import { describe, expect, test } from 'vitest'
import { formatRetention, resolveRetention } from './retention-policy.ts'

describe('resolveRetention', () => {
  test('keeps everything when nothing is said', () => {
    expect(resolveRetention()).toEqual({ personalDays: {}, entryDays: undefined })
    expect(formatRetention(resolveRetention())).toBeUndefined()
  })

  test('takes whole days from 1 to 36,500', () => {
    const policy = { entryDays: 36_500, personalDays: { access: 1 } }
    expect(resolveRetention(policy)).toEqual(policy)
    for (const days of [0, 36_501, 1.5, Number.NaN, '30']) {
      for (const wrong of [{ entryDays: days }, { personalDays: { access: days } }]) {
        expect(() => resolveRetention(JSON.parse(JSON.stringify(wrong)))).toThrow(code('ERR_AUDIT_INPUT'))
      }
    }
  })

  test('refuses names that it does not know', () => {
    for (const wrong of ['{"days":3}', '{"personalDays":{"login":3}}', '[]', '{"personalDays":null}']) {
      expect(() => resolveRetention(JSON.parse(wrong))).toThrow(code('ERR_AUDIT_INPUT'))
    }
  })

  test('names equal policies by equal texts', () => {
    const one = formatRetention({ personalDays: { operations: 3, access: 2 }, entryDays: 9 })
    const other = formatRetention({ entryDays: 9, personalDays: { access: 2, operations: 3 } })
    expect([one, other]).toEqual(['access=2 operations=3 entries=9', 'access=2 operations=3 entries=9'])
  })
})

function code(value: string): unknown {
  return expect.objectContaining({ code: value })
}
