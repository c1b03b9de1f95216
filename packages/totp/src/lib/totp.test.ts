import { createHmac } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { answer, codeAt, enrolled, SECRET, START, STEP } from '../../test/authenticator-app.ts'
import { totp } from './totp.ts'
import type { AuthenticatorState } from '@sallyport/step-up/factor'

// The seeds of RFC 6238 appendix B, and its codes of 8 digits at 59 seconds, which is step 1.
const LONG_APPS: readonly { readonly algorithm: string; readonly secret: string; readonly code: string }[] = [
  { algorithm: 'SHA-1', secret: SECRET, code: '94287082' },
  { algorithm: 'SHA-256', secret: `${SECRET}GEZDGNBVGY3TQOJQGEZA`, code: '46119246' },
  { algorithm: 'SHA-512', secret: `${SECRET.repeat(3)}GEZDGNA`, code: '90693936' },
]

describe('totp', () => {
  test('NB-26 is a strong factor that is never phishing-resistant', () => {
    expect(totp()).toMatchObject({ name: 'totp', strong: true, strength: [] })
    expect(totp()).not.toHaveProperty('mayShow')
  })

  test('TOTP-07 says that its answers can be guessed, so that wrong ones count against the authenticator', () => {
    expect(totp().guessable).toBe(true)
  })

  test('accepts the current code and remembers its step', async () => {
    expect(await answer(totp(), { code: codeAt(STEP) })).toEqual({
      ok: true,
      strength: [],
      amr: ['otp'],
      next: { secret: SECRET, algorithm: 'SHA-1', digits: 6, lastStep: STEP },
    })
  })

  test('C-03 TOTP-05 NB-22 accepts one step before and after, and no more', async () => {
    const outcomes = await Promise.all([-2, -1, 0, 1, 2].map((at) => answer(totp(), { code: codeAt(STEP + at) })))

    expect(outcomes.map(({ ok }) => ok)).toEqual([false, true, true, true, false])
  })

  test('v5.0.0-6.5.5 C-03 accepts only the current step when the window is 0', async () => {
    const factor = totp({ window: 0 })

    const outcomes = await Promise.all([-1, 0, 1].map((at) => answer(factor, { code: codeAt(STEP + at) })))

    expect(outcomes.map(({ ok }) => ok)).toEqual([false, true, false])
  })

  test('v5.0.0-6.5.5 TOTP-01 accepts a code with window 0 from the first to the last millisecond of its 30 seconds', async () => {
    const factor = totp({ window: 0 })
    const from = STEP * 30_000
    const moments = [from - 1, from, from + 29_999, from + 30_000]

    const outcomes = await Promise.all(moments.map((now) => answer(factor, { code: codeAt(STEP) }, { now })))

    expect(outcomes.map(({ ok }) => ok)).toEqual([false, true, true, false])
  })

  test('v5.0.0-6.5.8 goes by the time of the server, whatever time the browser sends', async () => {
    const told = { now: '0', time: '0', epoch: '0', timestamp: '0', step: '0', lastStep: '-1' }

    expect(await answer(totp(), { ...told, code: codeAt(0) })).toEqual({ ok: false, reason: 'wrong_code' })
    expect(await answer(totp(), { ...told, code: codeAt(STEP) })).toMatchObject({ ok: true })
  })

  test('TOTP-11 refuses every other code (property)', async () => {
    const right = new Set([-1, 0, 1].map((at) => codeAt(STEP + at)))
    const code = fc.integer({ min: 0, max: 999_999 }).map((number) => String(number).padStart(6, '0'))

    await fc.assert(
      fc.asyncProperty(
        code.filter((text) => !right.has(text)),
        async (text) => {
          expect(await answer(totp(), { code: text })).toEqual({ ok: false, reason: 'wrong_code' })
        },
      ),
      { numRuns: 1000 },
    )
  })

  test.each([
    ['spaces', (code: string) => `${code.slice(0, 3)} ${code.slice(3)}`],
    ['hyphens', (code: string) => `${code.slice(0, 3)}-${code.slice(3)}`],
    ['a line end and no-break spaces', (code: string) => `\u00a0${code}\r\n`],
  ])('A11Y-01 v5.0.0-6.2.7 takes a code pasted with %s', async (_what, paste) => {
    expect(await answer(totp(), { code: paste(codeAt(STEP)) })).toMatchObject({ ok: true })
  })

  test.each(['', '12345', '1234567', '12345a', '١٢٣٤٥٦', '1e5000', '+12345', '0x1234', `${' '.repeat(64)}123456`])(
    'calls %j invalid input',
    async (code) => {
      expect(await answer(totp(), { code })).toEqual({ ok: false, reason: 'invalid_input' })
    },
  )

  test('calls a missing code invalid input', async () => {
    expect(await answer(totp(), {})).toEqual({ ok: false, reason: 'invalid_input' })
  })

  test('F-17 never throws for what a browser sends (property)', async () => {
    const input = fc.dictionary(fc.string(), fc.string({ unit: 'binary' }))
    await fc.assert(
      fc.asyncProperty(input, fc.string({ unit: 'binary' }), async (fields, code) => {
        expect((await answer(totp(), { ...fields, code })).ok).toBe(false)
      }),
    )
  })

  test.each(LONG_APPS)(
    'TOTP-04 judges $algorithm and 8 digits by the settings of the authenticator, not the options of today',
    async ({ algorithm, secret, code }) => {
      const authenticator = { id: 'a1', state: { secret, algorithm, digits: 8, lastStep: 0 } }

      const outcome = await answer(totp(), { code }, { authenticator, now: 59_000 })

      expect(outcome).toMatchObject({ ok: true, next: { algorithm, digits: 8, lastStep: 1 } })
    },
  )

  test('TOTP-02 takes the same digits as the arithmetic of RFC 4226 §5.3 gives, zeros in front kept (property)', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 101, max: 2 ** 33 }), async (step) => {
        const outcome = await answer(totp(), { code: rfc4226Code(step) }, anHourAgoAt(step))

        expect(outcome).toMatchObject({ ok: true, next: { lastStep: expect.closeTo(step, -1) } })
      }),
    )
  })

  test('does not take six digits of an app that shows eight', async () => {
    const authenticator = eightDigits()

    const outcome = await answer(totp(), { code: '287082' }, { authenticator, now: 59_000 })

    expect(outcome).toEqual({ ok: false, reason: 'invalid_input' })
  })

  test('rejects a state that is not its own', async () => {
    const authenticator = { id: 'a1', state: { secret: SECRET } }

    await expect(totp().view({}, [authenticator])).rejects.toMatchObject({ code: 'ERR_TOTP_STATE' })
    await expect(answer(totp(), { code: '123456' }, { authenticator })).rejects.toMatchObject({
      code: 'ERR_TOTP_STATE',
    })
  })

  test('keeps nothing with a challenge, and asks for as many digits as the app shows', async () => {
    const asked = { stepUp: 'S1', user: 'ada', demanded: [], acr: [], maxAgeMs: 300_000, action: null }
    const challenge = { ...START, ...asked, authenticators: [enrolled()] }

    expect(await totp().start(challenge)).toEqual({})
    expect(await totp().view({}, [enrolled()])).toEqual([{ kind: 'code', digits: 6 }])
    expect(await totp().view({}, [enrolled(), eightDigits()])).toEqual([{ kind: 'code', digits: 8 }])
  })

  test('refuses a misspelt option at start-up', () => {
    expect(() => Reflect.apply(totp, undefined, [{ windows: 0 }])).toThrow(
      expect.objectContaining({ code: 'ERR_TOTP_OPTIONS' }),
    )
  })
})

function eightDigits(): AuthenticatorState {
  return { id: 'a2', state: { secret: SECRET, algorithm: 'SHA-1', digits: 8, lastStep: 0 } }
}

function anHourAgoAt(step: number): { readonly authenticator: AuthenticatorState; readonly now: number } {
  return { authenticator: enrolled(step - 100), now: step * 30_000 }
}

/** A second opinion, by hand: the last 31 bits from where the last four bits point, modulo a million. */
function rfc4226Code(counter: number): string {
  const moving = Buffer.alloc(8)
  moving.writeBigUInt64BE(BigInt(counter))
  const hash = createHmac('sha1', '12345678901234567890').update(moving).digest()
  const number = hash.readUInt32BE(hash.readUInt8(19) % 16) % 2 ** 31
  return String(number % 1_000_000).padStart(6, '0')
}
