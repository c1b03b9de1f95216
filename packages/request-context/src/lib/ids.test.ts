import { randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { newRequestId, newTrace, parseRequestId, parseTraceparent } from './ids.ts'

const ID = '4bf92f3577b34da6a3ce929d0e0e4736'
const SPAN = '00f067aa0ba902b7'

describe('newRequestId', () => {
  test('makes ids that sort by time', () => {
    const at = (now: number): string => newRequestId({ clock: { now: () => now }, randomBytes })

    const ids = [at(0), at(999_999_999_999), at(1_800_000_000_000), at(1_800_000_000_001), at(2 ** 47)]

    expect(ids).toEqual(ids.toSorted())
  })

  test('never makes the same id twice in one millisecond', () => {
    const source = { clock: { now: () => 1 }, randomBytes }

    expect(new Set(Array.from({ length: 1000 }, () => newRequestId(source))).size).toBe(1000)
  })

  test('makes ids that parseRequestId accepts', () => {
    const id = newRequestId({ clock: { now: () => 1_800_000_000_000 }, randomBytes })

    expect(parseRequestId(id)).toBe(id)
  })
})

describe('parseRequestId', () => {
  test.each(['abcdefgh', 'A-Z_a-z0-9', 'x'.repeat(64)])('accepts %s', (id) => {
    expect(parseRequestId(id)).toBe(id)
  })

  test.each([
    '',
    'short',
    'x'.repeat(65),
    'has space',
    'abcdefgh, ijklmnop',
    'abcdefgh\n',
    '<script>',
    'ﬀﬀﬀﬀﬀﬀﬀﬀ',
    undefined,
  ])('refuses %j', (id) => {
    expect(parseRequestId(id)).toBeUndefined()
  })
})

describe('parseTraceparent', () => {
  test('reads version 00', () => {
    expect(parseTraceparent(`00-${ID}-${SPAN}-01`)).toEqual({ id: ID, span: SPAN })
  })

  test.each([
    ['another version', `01-${ID}-${SPAN}-01`],
    ['the forbidden version', `ff-${ID}-${SPAN}-01`],
    ['a trace of zeros', `00-${'0'.repeat(32)}-${SPAN}-01`],
    ['a span of zeros', `00-${ID}-${'0'.repeat(16)}-01`],
    ['upper case', `00-${ID.toUpperCase()}-${SPAN}-01`],
    ['more after the flags', `00-${ID}-${SPAN}-01-extra`],
    ['missing flags', `00-${ID}-${SPAN}`],
    ['two headers in one', `00-${ID}-${SPAN}-01, 00-${ID}-${SPAN}-01`],
    ['a line end', `00-${ID}-${SPAN}-0\n`],
    ['nothing', undefined],
  ])('ignores %s', (_what, value) => {
    expect(parseTraceparent(value)).toBeUndefined()
  })
})

describe('newTrace', () => {
  test('makes ids that parseTraceparent accepts', () => {
    const trace = newTrace(randomBytes)

    expect(parseTraceparent(`00-${trace.id}-${trace.span}-00`)).toEqual(trace)
  })
})
