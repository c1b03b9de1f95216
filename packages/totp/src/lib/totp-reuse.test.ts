import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { answer, codeAt, enrolled, STEP } from '../../test/authenticator-app.ts'
import { totp } from './totp.ts'

const REUSED = { ok: false, reason: 'code_reused' }

// What a person or a thief may do: let steps pass, then send the code of a step near the current one.
const TRIES = fc.array(fc.record({ pass: fc.integer({ min: 0, max: 2 }), near: fc.integer({ min: -3, max: 3 }) }), {
  maxLength: 20,
})

/** Plays tries against one authenticator that takes on the state of each success. Gives the codes that were accepted. */
async function play(
  window: 0 | 1,
  tries: readonly { readonly pass: number; readonly near: number }[],
): Promise<readonly { readonly step: number; readonly current: number; readonly code: string }[]> {
  const factor = totp({ window })
  const accepted: { step: number; current: number; code: string }[] = []
  let authenticator = enrolled()
  let current = STEP
  for (const { pass, near } of tries) {
    current += pass
    const step = current + near
    const code = codeAt(step)
    const outcome = await answer(factor, { code }, { authenticator, now: current * 30_000 })
    if (!outcome.ok) continue
    accepted.push({ step, current, code })
    authenticator = { ...authenticator, state: outcome.next }
  }
  return accepted
}

describe('totp and a code that was used', () => {
  test('F-08 TOTP-06 NB-02 refuses a code that was accepted before', async () => {
    expect(await answer(totp(), { code: codeAt(STEP) }, { authenticator: enrolled(STEP) })).toEqual(REUSED)
  })

  test('F-08 TOTP-06 refuses the codes of all earlier steps of the window once a later one was accepted', async () => {
    const authenticator = enrolled(STEP + 1)

    const outcomes = await Promise.all(
      [-1, 0, 1].map((at) => answer(totp(), { code: codeAt(STEP + at) }, { authenticator })),
    )

    expect(outcomes).toEqual([REUSED, REUSED, REUSED])
  })

  test('v5.0.0-6.5.1 accepts the next code after a used one', async () => {
    const outcome = await answer(totp(), { code: codeAt(STEP + 1) }, { authenticator: enrolled(STEP) })

    expect(outcome).toMatchObject({ ok: true, next: { lastStep: STEP + 1 } })
  })

  test('F-08 TOTP-06 v5.0.0-6.5.1 never accepts a code again, whatever neighbouring steps are tried, with window 1 (property)', async () => {
    await fc.assert(
      fc.asyncProperty(TRIES, async (tries) => {
        const codes = (await play(1, tries)).map(({ code }) => code)

        expect(codes).toEqual([...new Set(codes)])
      }),
    )
  })

  test('F-08 TOTP-06 v5.0.0-6.5.1 never accepts a code again, whatever neighbouring steps are tried, with window 0 (property)', async () => {
    await fc.assert(
      fc.asyncProperty(TRIES, async (tries) => {
        const codes = (await play(0, tries)).map(({ code }) => code)

        expect(codes).toEqual([...new Set(codes)])
      }),
    )
  })

  test('NB-21 NB-22 accepts the codes of the window that are later than the last one, and no others (property)', async () => {
    await fc.assert(
      fc.asyncProperty(TRIES, fc.constantFrom<0 | 1>(0, 1), async (tries, window) => {
        const expected: number[] = []
        let current = STEP
        for (const { pass, near } of tries) {
          current += pass
          if (Math.abs(near) <= window && current + near > (expected.at(-1) ?? 0)) expected.push(current + near)
        }

        expect((await play(window, tries)).map(({ step }) => step)).toEqual(expected)
      }),
    )
  })

  // Steps of this secret that show the same digits, as happens once in a million: 61331809 and 61331811.
  test('F-08 keeps a code used that belongs to two steps of one window', async () => {
    const now = 61_331_810 * 30_000
    const first = await answer(totp(), { code: '768734' }, { now })
    const authenticator = { id: 'a1', state: first.ok ? first.next : null }

    expect(first).toMatchObject({ ok: true, next: { lastStep: 61_331_809 } })
    expect(await answer(totp(), { code: '768734' }, { authenticator, now })).toEqual(REUSED)
  })
})
