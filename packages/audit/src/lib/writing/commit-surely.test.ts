import { createMemoryStore, StoreError, type Commit, type Store, type StoreErrorCode } from '@sallyport/store'
import { describe, expect, test } from 'vitest'
import { commitSurely } from './commit-surely.ts'

const code = (value: string): unknown => expect.objectContaining({ code: value })
const COMMIT: Commit = { id: 'c1', writes: [{ op: 'put', key: ['a'], value: 1, expect: null }], entries: [] }

describe('commitSurely', () => {
  test('asks once when the store answers', async () => {
    const { store, tries } = storeThatAnswers([])

    expect(await commitSurely(store, COMMIT)).toMatchObject({ ok: true })
    expect(tries).toEqual(['c1'])
  })

  test('asks again under the same id until the outcome is known', async () => {
    const { store, tries } = storeThatAnswers(['ERR_STORE_OUTCOME_UNKNOWN', 'ERR_STORE_UNAVAILABLE'])

    expect(await commitSurely(store, COMMIT)).toMatchObject({ ok: true })
    expect(tries).toEqual(['c1', 'c1', 'c1'])
  })

  test('passes a refusal on at once', async () => {
    const { store, tries } = storeThatAnswers(['ERR_STORE_UNAVAILABLE'])

    await expect(commitSurely(store, COMMIT)).rejects.toEqual(code('ERR_STORE_UNAVAILABLE'))
    expect(tries).toEqual(['c1'])
  })

  test('does not call a commit refused when only its repeat was', async () => {
    const { store, tries } = storeThatAnswers([
      'ERR_STORE_OUTCOME_UNKNOWN',
      'ERR_STORE_UNAVAILABLE',
      'ERR_STORE_UNAVAILABLE',
      'ERR_STORE_UNAVAILABLE',
    ])

    await expect(commitSurely(store, COMMIT)).rejects.toEqual(code('ERR_STORE_OUTCOME_UNKNOWN'))
    expect(tries).toHaveLength(4)
  })
})

function storeThatAnswers(codes: readonly StoreErrorCode[]): { readonly store: Store; readonly tries: string[] } {
  const inner = createMemoryStore()
  const left = [...codes]
  const tries: string[] = []
  const commit: Store['commit'] = async (one) => {
    tries.push(one.id)
    const next = left.shift()
    if (next !== undefined) throw new StoreError(next, 'as planned')
    return await inner.commit(one)
  }
  return { store: { ...inner, commit }, tries }
}
