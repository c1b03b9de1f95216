import { describe, expect, test } from 'vitest'
import { noPositionals, onlyPositional, parseCommand } from './parse-command.ts'

const usage: unknown = expect.objectContaining({ code: 'ERR_CLI_USAGE' })
const OPTIONS = { key: { type: 'string' }, json: { type: 'boolean' } } as const

describe('parseCommand', () => {
  test('takes options before and after the argument', () => {
    const parsed = parseCommand(['--key', 'a', 'sqlite:x', '--json'], OPTIONS)

    expect([parsed.text('key'), parsed.flag('json'), parsed.positionals]).toEqual(['a', true, ['sqlite:x']])
  })

  test('refuses an unknown option', () => {
    expect(() => parseCommand(['--kye', 'a'], OPTIONS)).toThrow(usage)
  })

  test('refuses an option without its value', () => {
    expect(() => parseCommand(['--key'], OPTIONS)).toThrow(usage)
    expect(() => parseCommand(['--key', '--json'], OPTIONS)).toThrow(usage)
  })

  test('refuses an option given twice, because only one of the two would count', () => {
    expect(() => parseCommand(['--key', 'a', '--key', 'b'], OPTIONS)).toThrow(usage)
  })
})

describe('onlyPositional', () => {
  test('refuses none and two', () => {
    expect(() => onlyPositional(parseCommand([], OPTIONS), 'The ledger')).toThrow(usage)
    expect(() => onlyPositional(parseCommand(['a', 'b'], OPTIONS), 'The ledger')).toThrow(usage)
  })
})

describe('noPositionals', () => {
  test('refuses an argument', () => {
    expect(() => noPositionals(parseCommand(['a'], OPTIONS))).toThrow(usage)
  })
})
