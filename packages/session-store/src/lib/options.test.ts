import { createMemoryStore } from '@sallyport/store'
import { describe, expect, test } from 'vitest'
import { resolveOptions } from './options.ts'

const store = createMemoryStore()
const REFUSED: unknown = expect.objectContaining({ code: 'ERR_SESSION_STORE_OPTIONS' })

describe('resolveOptions', () => {
  test('keeps a session for 24 hours by the clock of the store, for every way of saying nothing', () => {
    const expected = { store, clock: store, ttlMs: 86_400_000 }

    expect(resolveOptions({ store })).toEqual(expected)
    expect(resolveOptions({ store, clock: undefined, ttlMs: undefined })).toEqual(expected)
    expect(resolveOptions(Object.assign(Object.create(null), { store }))).toEqual(expected)
  })

  test.each([
    ['no options', undefined],
    ['null', null],
    ['no store', {}],
    ['a store passed uncalled', { store: createMemoryStore }],
    ['a clock as a number', { store, clock: 7 }],
    ['a lifetime under a second', { store, ttlMs: 999 }],
    ['an endless lifetime', { store, ttlMs: Infinity }],
    ['a lifetime as text', { store, ttlMs: '1h' }],
    ['an unknown option', { store, prefix: 'sess:' }],
  ])('refuses %s', (_what, options) => {
    expect(() => Reflect.apply(resolveOptions, undefined, [options])).toThrow(REFUSED)
  })

  test('suggests the option that a misspelt one most likely means', () => {
    expect(() => Reflect.apply(resolveOptions, undefined, [{ store, ttl: 1000 }])).toThrow('did you mean "ttlMs"?')
  })
})
