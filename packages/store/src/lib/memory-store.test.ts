import { describe, expect, test } from 'vitest'
import { testStore } from '../conformance.ts'
import { createMemoryStore } from './memory-store.ts'

testStore('createMemoryStore', async ({ clock }) => {
  const store = createMemoryStore({ clock })
  return { store, destroy: () => store.close() }
})

describe('createMemoryStore', () => {
  test('belongs to no file', () => {
    expect('file' in createMemoryStore()).toBe(false)
  })
})

describe('options of createMemoryStore', () => {
  test('tells the time of the system unless told otherwise', () => {
    const before = Date.now()

    const stores = [createMemoryStore(), createMemoryStore({}), createMemoryStore({ clock: undefined })]

    expect(stores.map((store) => store.now() >= before)).toEqual([true, true, true])
  })

  test('refuses an option it does not know', () => {
    expect(() => createMemoryStore(Object.fromEntries([['clok', Date.now]]))).toThrow(
      expect.objectContaining({ code: 'ERR_STORE_INPUT' }),
    )
  })

  test('refuses a clock that is no function', () => {
    expect(() => Reflect.apply(createMemoryStore, undefined, [{ clock: 12 }])).toThrow(
      expect.objectContaining({ code: 'ERR_STORE_INPUT' }),
    )
  })
})
