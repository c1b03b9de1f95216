import { describe, expect, test } from 'vitest'
import { parseCommand } from './parse-command.ts'
import type { ParsedCommand } from './parse-command.ts'
import { parseLimit, parseQuery } from './parse-query.ts'

const usage: unknown = expect.objectContaining({ code: 'ERR_CLI_USAGE' })

function options(...args: readonly string[]): ParsedCommand {
  return parseCommand(args, {
    type: { type: 'string', multiple: true },
    outcome: { type: 'string' },
    since: { type: 'string' },
    until: { type: 'string' },
    flow: { type: 'string' },
  })
}

describe('parseQuery', () => {
  test('takes several types', () => {
    const query = parseQuery(options('--type', 'session.started', '--type', 'session.ended'))

    expect(query.type).toEqual(['session.started', 'session.ended'])
  })

  test('takes a day as midnight UTC and a time with its offset', () => {
    const query = parseQuery(options('--since', '2026-11-21', '--until', '2026-11-21T09:30:00+01:00'))

    expect(query.since).toBe(Date.UTC(2026, 10, 21))
    expect(query.until).toBe(Date.UTC(2026, 10, 21, 8, 30))
  })

  test('refuses a time without an offset, because the machine would decide what it means', () => {
    expect(() => parseQuery(options('--since', '2026-11-21T09:30:00'))).toThrow(usage)
  })

  test('refuses a day that does not exist', () => {
    expect(() => parseQuery(options('--since', '2026-13-01'))).toThrow(usage)
  })

  test('refuses an event that cannot occur, also a name of the prototype', () => {
    expect(() => parseQuery(options('--type', 'session.begun'))).toThrow(usage)
    expect(() => parseQuery(options('--type', 'constructor'))).toThrow(usage)
  })

  test('refuses an outcome that is none', () => {
    expect(() => parseQuery(options('--outcome', 'ok'))).toThrow(usage)
  })

  test('asks for everything when nothing is given', () => {
    expect(Object.values(parseQuery(options())).filter((value) => value !== undefined)).toEqual([])
  })
})

describe('parseLimit', () => {
  test('is 100 if not given', () => {
    expect(parseLimit(undefined)).toBe(100)
  })

  test('takes 1 to 100,000', () => {
    expect([parseLimit('1'), parseLimit('100000')]).toEqual([1, 100_000])
  })

  test('refuses what is no whole number in its range', () => {
    expect(() => parseLimit('0')).toThrow(usage)
    expect(() => parseLimit('100001')).toThrow(usage)
    expect(() => parseLimit('1e3')).toThrow(usage)
    expect(() => parseLimit('')).toThrow(usage)
  })
})
