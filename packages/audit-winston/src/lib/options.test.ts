import { describe, expect, test } from 'vitest'
import { resolveOptions } from './options.ts'

const DEFAULTS = { name: 'winston', format: 'object', levels: {}, timeoutMs: 10_000, acknowledge: 'taken' }
const BY_SEVERITY = { informational: 'info', low: 'info', medium: 'warn', high: 'error', critical: 'error' }
const REFUSED: unknown = expect.objectContaining({ code: 'ERR_AUDIT_WINSTON_OPTIONS' })

describe('resolveOptions', () => {
  test('fills in the defaults, the same for every way of saying nothing', () => {
    expect(resolveOptions({})).toEqual(DEFAULTS)
    expect(resolveOptions(Object.create(null))).toEqual(DEFAULTS)
    expect(
      resolveOptions({ name: undefined, level: undefined, failureLevel: undefined, timeoutMs: undefined }),
    ).toEqual(DEFAULTS)
  })

  test.each([
    ['null', null],
    ['text', 'winston'],
    ['an empty name', { name: '' }],
    ['a name with a dot', { name: 'a.b' }],
    ['an upper-case name', { name: 'Winston' }],
    ['a long name', { name: 'x'.repeat(65) }],
    ['a level as number', { level: 3 }],
    ['a failure level as number', { failureLevel: 3 }],
    ['no wait at all', { timeoutMs: 0 }],
    ['an endless wait', { timeoutMs: Infinity }],
    ['an unknown acknowledgement', { acknowledge: 'sent' }],
    ['an unknown format', { format: 'xml' }],
    ['levels of both kinds', { level: 'info', levels: 'npm' }],
    ['an unknown set of levels', { levels: 'cli' }],
    ['a severity without a level', { levels: { informational: 'info', low: 'info', medium: 'warn', high: 'error' } }],
    ['a severity that is none', { levels: { ...BY_SEVERITY, fatal: 'error' } }],
    ['an unknown option', { formats: 'json' }],
  ])('refuses %s', (_what, options) => {
    expect(() => Reflect.apply(resolveOptions, undefined, [options])).toThrow(REFUSED)
  })

  test('suggests the option that a misspelt one most likely means', () => {
    expect(() => Reflect.apply(resolveOptions, undefined, [{ timeout: 5 }])).toThrow('did you mean "timeoutMs"?')
  })
})
