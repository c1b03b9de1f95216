import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { bytesOf, START, startOf } from './conformance/bench.ts'
import { testFactor } from '../conformance.ts'
import { recoveryCodes } from './recovery-codes.ts'
import type { Attempt, AuthenticatorState, FactorInput, ViewBlock } from './types.ts'

const WRONG_OPTION: unknown = expect.objectContaining({ code: 'ERR_STEP_UP_OPTION' })

testFactor('recoveryCodes()', () => recoveryCodes(), {
  goodFor: 'one_use',
  enrol: async ({ view }) => ({ input: { kept: 'yes' }, device: [...codesIn(view)] }),
  prove: async (list) => ({ code: list.shift() ?? 'none left' }),
  secrets: ({ state }) => digestsOf(state),
})

/** Every code that a view shows. */
function codesIn(view: readonly ViewBlock[] | undefined): readonly string[] {
  return (view ?? []).flatMap((block) => (block.kind === 'codes' ? block.codes : []))
}

function digestsOf(state: unknown): readonly string[] {
  const digests: unknown = typeof state === 'object' && state !== null ? Reflect.get(state, 'digests') : undefined
  return Array.isArray(digests) ? digests : []
}

async function enrolled(
  count?: number,
): Promise<{ readonly list: readonly string[]; readonly paper: AuthenticatorState }> {
  const { enrolment } = recoveryCodes({ count })
  const pending = await enrolment.start(startOf(3))
  const list = codesIn(await enrolment.view(pending, startOf(3)))
  const outcome = await enrolment.finish({ pending, input: { kept: 'yes' }, now: START })
  return { list, paper: { id: 'paper', state: outcome.ok ? outcome.next : null } }
}

function attempt(input: FactorInput, seed: number = 9): Attempt {
  return { state: {}, input, now: START, randomBytes: bytesOf(seed) }
}

describe('recoveryCodes', () => {
  test('gives ten codes by default, and says so the same for every way of saying nothing', async () => {
    const counts = await Promise.all(
      [undefined, {}, Object.create(null), { count: undefined }].map(async (options) => {
        const { enrolment } = Reflect.apply(recoveryCodes, undefined, [options])
        return codesIn(await enrolment.view(await enrolment.start(startOf(1)), startOf(1))).length
      }),
    )

    expect(counts).toEqual([10, 10, 10, 10])
  })

  test.each([
    ['too few', { count: 7 }],
    ['too many', { count: 17 }],
    ['half a code', { count: 8.5 }],
    ['a text', { count: '10' }],
    ['an unknown option', { size: 10 }],
    ['nothing', null],
  ])('v5.0.0-6.5.4 refuses %s', (_what, options) => {
    expect(() => Reflect.apply(recoveryCodes, undefined, [options])).toThrow(WRONG_OPTION)
  })

  test('C-08 v5.0.0-6.5.2 NB-24 gives codes of 120 bits in groups of four, each another, and keeps only their digests', async () => {
    const { list, paper } = await enrolled(16)

    expect(new Set(list).size).toBe(16)
    expect(list.filter((code) => !/^([0-9A-HJKMNP-TV-Z]{4}-){5}[0-9A-HJKMNP-TV-Z]{4}$/.test(code))).toEqual([])
    expect(digestsOf(paper.state).map((digest) => Buffer.from(digest, 'base64url').length)).toEqual(Array(16).fill(32))
    expect(list.filter((code) => JSON.stringify(paper).includes(code.replaceAll('-', '')))).toEqual([])
  })

  test('v5.0.0-6.5.3 NB-24 writes each of the 120 random bits into its place', async () => {
    const ones = await codeOf(new Uint8Array(15).fill(255))
    const last = await codeOf(Uint8Array.from({ length: 15 }, (_, place) => (place === 14 ? 1 : 0)))
    const first = await codeOf(Uint8Array.from({ length: 15 }, (_, place) => (place === 0 ? 128 : 0)))

    expect([ones, last, first]).toEqual([
      'ZZZZ-ZZZZ-ZZZZ-ZZZZ-ZZZZ-ZZZZ',
      '0000-0000-0000-0000-0000-0001',
      'G000-0000-0000-0000-0000-0000',
    ])
  })

  test('refuses random bytes of another length than asked', async () => {
    const { enrolment } = recoveryCodes()

    await expect(enrolment.start({ ...startOf(1), randomBytes: () => new Uint8Array(14) })).rejects.toEqual(
      WRONG_OPTION,
    )
  })

  test('TOTP-10 ends its enrolment by the word that they are kept, and by no other', async () => {
    const { enrolment } = recoveryCodes()
    const pending = await enrolment.start(startOf(1))

    const outcomes = await Promise.all(
      [{}, { kept: '' }, { kept: 'no' }, { kept: 'YES' }, { code: 'yes' }].map((input) =>
        enrolment.finish({ pending, input, now: START }),
      ),
    )

    expect(outcomes).toEqual(Array(5).fill({ ok: false, reason: 'invalid_input' }))
  })

  test('tells how many were made', async () => {
    const { enrolment } = recoveryCodes({ count: 8 })

    const outcome = await enrolment.finish({
      pending: await enrolment.start(startOf(1)),
      input: { kept: 'yes' },
      now: START,
    })

    expect(outcome).toMatchObject({ ok: true, events: [{ type: 'recovery_codes.generated', data: { count: 8 } }] })
  })

  test('NB-35 gives a new code for the used one, which is good from then on, and tells how many are left', async () => {
    const { list, paper } = await enrolled()
    const codes = recoveryCodes()

    const first = await codes.verify(paper, attempt({ code: list[4] ?? '' }))
    const next = { ...paper, state: first.ok ? first.next : null }
    const [fresh = ''] = first.ok ? codesIn(first.view) : []
    const again = await codes.verify(next, attempt({ code: list[4] ?? '' }))
    const second = await codes.verify(next, attempt({ code: fresh }, 10))

    expect(first).toMatchObject({
      ok: true,
      strength: [],
      events: [{ type: 'recovery_code.used', data: { left: 10 } }],
    })
    expect(list).not.toContain(fresh)
    expect([again, second.ok]).toEqual([{ ok: false, reason: 'wrong_code' }, true])
  })

  test('C-16 NB-37 is no second factor and shows no strength', () => {
    const { strong, strength, mayShow, guessable } = recoveryCodes()

    expect({ strong, strength, mayShow, guessable }).toEqual({
      strong: false,
      strength: [],
      mayShow: undefined,
      guessable: true,
    })
  })

  test('reads a code in any case, with spaces and dashes anywhere, and with the letters that people misread (property)', async () => {
    const { list, paper } = await enrolled()
    const codes = recoveryCodes()
    const place = fc.nat(list.length - 1)
    const noise = fc.array(fc.constantFrom('', '', ' ', '-', '\u2013', '\t'), { minLength: 24, maxLength: 24 })

    await fc.assert(
      fc.asyncProperty(place, noise, fc.constantFrom('I', 'l', 'L', '1'), fc.boolean(), async (...drawn) => {
        const [which, gaps, one, lower] = drawn
        const plain = (list[which] ?? '').replaceAll('-', '')
        const misread = plain.replaceAll('0', 'O').replaceAll('1', one)
        const typed = Array.from(misread, (letter, at) => `${letter}${gaps[at] ?? ''}`).join('')

        const outcome = await codes.verify(paper, attempt({ code: lower ? typed.toLowerCase() : typed }))

        expect(outcome.ok).toBe(true)
      }),
    )
  })

  test('takes no code that differs in one character (property)', async () => {
    const { list, paper } = await enrolled()
    const codes = recoveryCodes()

    await fc.assert(
      fc.asyncProperty(
        fc.nat(9),
        fc.nat(23),
        fc.constantFrom(...'0123456789ABCDEFGHJKMNPQRSTVWXYZ'.split('')),
        async (which, at, letter) => {
          const plain = (list[which] ?? '').replaceAll('-', '')
          fc.pre(plain[at] !== letter)

          const outcome = await codes.verify(
            paper,
            attempt({ code: `${plain.slice(0, at)}${letter}${plain.slice(at + 1)}` }),
          )

          expect(outcome).toEqual({ ok: false, reason: 'wrong_code' })
        },
      ),
    )
  })

  test('F-17 tells what is no code from a wrong one, and counts both', async () => {
    const { paper } = await enrolled()
    const codes = recoveryCodes()

    const reasons = await Promise.all(
      [
        {},
        { code: '' },
        { code: '0'.repeat(23) },
        { code: 'U'.repeat(24) },
        { code: ' '.repeat(65) },
        { code: '0'.repeat(24) },
      ].map(async (input) => {
        const outcome = await codes.verify(paper, attempt(input))
        return outcome.ok ? 'ok' : outcome.reason
      }),
    )

    expect(reasons).toEqual([...Array(5).fill('invalid_input'), 'wrong_code'])
  })

  test.each([[null], [7], [{}], [{ digests: 'x' }], [{ digests: [1] }], [{ digests: ['short'] }]])(
    'rejects a stored state that is not its own: %j',
    async (state) => {
      const codes = recoveryCodes()

      await expect(codes.verify({ id: 'paper', state }, attempt({ code: '0'.repeat(24) }))).rejects.toEqual(
        expect.objectContaining({ code: 'ERR_STEP_UP_RECORD' }),
      )
    },
  )
})

/** The first code that these bytes make. */
async function codeOf(bytes: Uint8Array): Promise<string> {
  const { enrolment } = recoveryCodes()
  const pending = await enrolment.start({ ...startOf(1), randomBytes: () => bytes })
  return codesIn(await enrolment.view(pending, startOf(1))).at(0) ?? ''
}
