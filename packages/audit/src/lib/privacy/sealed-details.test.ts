import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { withAudit } from '../../../test/bench.ts'
import { event } from '../events/event.ts'
import { sealedDetails } from './sealed-details.ts'

const input: unknown = expect.objectContaining({ code: 'ERR_AUDIT_INPUT' })

describe('sealedDetails', () => {
  test('takes nothing and the largest that is allowed', () => {
    expect(sealedDetails()).toEqual([])
    expect(sealedDetails({})).toEqual([])
    expect(sealedDetails({ a: 'x'.repeat(4_096), ['b'.repeat(32)]: 'x'.repeat(4_096) })).toHaveLength(2)
    expect(sealedDetails(names(16))).toHaveLength(16)
  })

  test('refuses more than 16 names', () => {
    expect(() => sealedDetails(names(17))).toThrow(input)
  })

  test('refuses a value of more than 4,096 characters, and more than 8,192 together', () => {
    expect(() => sealedDetails({ a: 'x'.repeat(4_097) })).toThrow(input)
    expect(() => sealedDetails({ a: 'x'.repeat(4_096), b: 'x'.repeat(4_096), c: 'x' })).toThrow(input)
  })

  test.each(['', 'a'.repeat(33), 'a.b', 'a1', 'a b', 'a\n', 'ä', '__proto__'])('refuses the name %j', (name) => {
    expect(() => sealedDetails(Object.fromEntries([[name, 'x']]))).toThrow(input)
  })

  test('refuses a value that is no text', () => {
    expect(() => sealedDetails(JSON.parse('{ "a": 1 }'))).toThrow(input)
    expect(() => sealedDetails(JSON.parse('{ "a": null }'))).toThrow(input)
    expect(() => sealedDetails(JSON.parse('{ "a": ["x"] }'))).toThrow(input)
  })

  test('never shortens or changes what it takes (property)', async () => {
    await withAudit(async ({ audit }) => {
      await fc.assert(
        fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 200 }), async (proof) => {
          await audit.commit({ writes: [], events: [event('challenge.verified', { sealed: { proof }, data: DATA })] })
          const [last] = (await audit.query({}, { limit: 1 })).events

          expect(last && (await audit.reveal(last))).toEqual({ 'detail.proof': proof })
        }),
        { numRuns: 50 },
      )
    })
  })
})

describe('an event that seals too much', () => {
  test('refuses its commit, and nothing of it is written', async () => {
    await withAudit(async ({ audit, store }) => {
      const size = await store.size()
      const tooMuch = event('challenge.verified', { sealed: { proof: 'x'.repeat(4_097) }, data: DATA })
      const writes = [{ op: 'put', key: ['a'], value: 1, expect: null }] as const

      await expect(audit.commit({ writes, events: [tooMuch] })).rejects.toEqual(input)
      expect([await store.size(), ...(await store.get([['a']]))]).toEqual([size, undefined])
    })
  })

  test('is counted as lost where nothing waits for it', async () => {
    await withAudit(async ({ audit }) => {
      const sealed = { 'not a name': 'x' }

      expect(await audit.emit('access.denied', { sealed, data: { requirement: 'r' } })).toBe('lost')
    })
  })
})

const DATA = { factor: 'webauthn' } as const

function names(count: number): Readonly<Record<string, string>> {
  return Object.fromEntries(Array.from({ length: count }, (_, at) => [`name${String.fromCharCode(97 + at)}`, 'x']))
}
