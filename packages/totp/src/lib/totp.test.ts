import { createHash, randomBytes } from 'node:crypto'
import type { EnrolmentStart, Factor, FactorOutcome } from '@sallyport/step-up/factor'
import fc from 'fast-check'
import { generateSync } from 'otplib'
import { describe, expect, test } from 'vitest'
import { decodeSecret } from './one-time-code.ts'
import { totp } from './totp.ts'

const NOW = 1_800_000_015_000 // the middle of step 60000000
const STEP = 60_000_000
const SECRET = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ'
const START: EnrolmentStart = {
  issuer: 'Bank',
  account: 'ada@example.com',
  now: NOW,
  randomBytes: (size) => createHash('shake256', { outputLength: size }).update('seed').digest(),
}

function codeAt(step: number, secret: string = SECRET): string {
  return generateSync({ secret, epoch: step * 30 })
}

function answer(factor: Factor, code: string, lastStep: number = STEP - 100): Promise<FactorOutcome> {
  const state = { secret: SECRET, algorithm: 'SHA-1', digits: 6, lastStep }
  return factor.verify({ id: 'a1', state }, {}, { code }, NOW)
}

describe('totp', () => {
  test('is a strong factor that is never phishing-resistant', () => {
    expect(totp()).toMatchObject({ name: 'totp', strong: true, strength: [] })
  })

  test('accepts the current code and remembers its step', async () => {
    const outcome = await answer(totp(), codeAt(STEP))

    expect(outcome).toEqual({
      ok: true,
      strength: [],
      next: { secret: SECRET, algorithm: 'SHA-1', digits: 6, lastStep: STEP },
    })
  })

  test('C-03 accepts one step before and after, and no more', async () => {
    const outcomes = await Promise.all([-2, -1, 0, 1, 2].map((drift) => answer(totp(), codeAt(STEP + drift))))

    expect(outcomes.map(({ ok }) => ok)).toEqual([false, true, true, true, false])
  })

  test('v5.0.0-6.5.5 accepts only the current step when the window is 0', async () => {
    const outcomes = await Promise.all([-1, 0, 1].map((drift) => answer(totp({ window: 0 }), codeAt(STEP + drift))))

    expect(outcomes.map(({ ok }) => ok)).toEqual([false, true, false])
  })

  test('F-08 refuses a code that was accepted before', async () => {
    const outcome = await answer(totp(), codeAt(STEP), STEP)

    expect(outcome).toEqual({ ok: false, reason: 'code_reused' })
  })

  test('F-08 refuses the codes of all earlier steps of the window once a later one was accepted', async () => {
    const outcomes = await Promise.all([-1, 0, 1].map((drift) => answer(totp(), codeAt(STEP + drift), STEP + 1)))

    expect(outcomes).toEqual(Array.from({ length: 3 }, () => ({ ok: false, reason: 'code_reused' })))
  })

  test('v5.0.0-6.5.1 accepts the next code after a used one', async () => {
    expect(await answer(totp(), codeAt(STEP + 1), STEP)).toMatchObject({ ok: true, next: { lastStep: STEP + 1 } })
  })

  test('F-08 never accepts a step twice and never lets the last step fall, in any order of answers (property)', async () => {
    const drifts = fc.array(fc.record({ drift: fc.integer({ min: -2, max: 2 }), tick: fc.integer({ min: 0, max: 3 }) }))
    await fc.assert(
      fc.asyncProperty(drifts, async (answers) => {
        let step = STEP
        let lastStep = STEP - 100
        for (const { drift, tick } of answers) {
          step += tick
          const state = { secret: SECRET, algorithm: 'SHA-1', digits: 6, lastStep }
          const input = { code: codeAt(step + drift) }
          const outcome = await totp().verify({ id: 'a1', state }, {}, input, step * 30_000)

          expect(outcome.ok).toBe(Math.abs(drift) <= 1 && step + drift > lastStep)
          if (outcome.ok) lastStep = step + drift
        }
      }),
      { numRuns: 30 },
    )
  })

  test('refuses every other code (property)', async () => {
    const right = new Set([-1, 0, 1].map((drift) => codeAt(STEP + drift)))
    const code = fc.integer({ min: 0, max: 999_999 }).map((number) => String(number).padStart(6, '0'))

    await fc.assert(
      fc.asyncProperty(
        code.filter((text) => !right.has(text)),
        async (text) => {
          expect(await answer(totp(), text)).toEqual({ ok: false, reason: 'wrong_code' })
        },
      ),
      { numRuns: 1000 },
    )
  })

  test.each([
    ['spaces', (code: string) => `${code.slice(0, 3)} ${code.slice(3)}`],
    ['hyphens', (code: string) => `${code.slice(0, 3)}-${code.slice(3)}`],
    ['a line end and no-break spaces', (code: string) => `\u00a0${code}\r\n`],
  ])('takes a code pasted with %s', async (_what, paste) => {
    expect(await answer(totp(), paste(codeAt(STEP)))).toMatchObject({ ok: true })
  })

  test.each(['', '12345', '1234567', '12345a', '١٢٣٤٥٦', '1e5000', '+12345', '0x1234', `${' '.repeat(64)}123456`])(
    'calls %j invalid input',
    async (code) => {
      expect(await answer(totp(), code)).toEqual({ ok: false, reason: 'invalid_input' })
    },
  )

  test('calls a missing code invalid input', async () => {
    const state = { secret: SECRET, algorithm: 'SHA-1', digits: 6, lastStep: 0 }

    expect(await totp().verify({ id: 'a1', state }, {}, {}, NOW)).toEqual({ ok: false, reason: 'invalid_input' })
  })

  test('never throws for what a browser sends (property)', async () => {
    const input = fc.dictionary(fc.string(), fc.string({ unit: 'binary' }))
    await fc.assert(
      fc.asyncProperty(input, fc.string({ unit: 'binary' }), async (fields, code) => {
        const state = { secret: SECRET, algorithm: 'SHA-1', digits: 6, lastStep: 0 }

        const outcome = await totp().verify({ id: 'a1', state }, {}, { ...fields, code }, NOW)

        expect(outcome.ok).toBe(false)
      }),
    )
  })

  test('judges an authenticator by its own settings, not by the options of today', async () => {
    const secret = `${SECRET}GEZDGNBVGY3TQOJQGEZA` // the 32 bytes of RFC 6238 appendix B
    const state = { secret, algorithm: 'SHA-256', digits: 8, lastStep: 0 }

    const outcome = await totp().verify({ id: 'a1', state }, {}, { code: '46119246' }, 59_000)

    expect(outcome).toMatchObject({ ok: true, next: { lastStep: 1 } })
  })

  test('rejects a state that is not its own', async () => {
    const verifying = totp().verify({ id: 'a1', state: { secret: SECRET } }, {}, { code: '123456' }, NOW)

    await expect(verifying).rejects.toMatchObject({ code: 'ERR_TOTP_STATE' })
  })

  test('asks for a code when challenged', async () => {
    const state = { secret: SECRET, algorithm: 'SHA-1', digits: 8, lastStep: 0 }

    expect(await totp().start([{ id: 'a1', state }], NOW)).toEqual({ state: {}, view: [{ kind: 'code', digits: 8 }] })
    expect((await totp().start([], NOW)).view).toEqual([{ kind: 'code', digits: 6 }])
  })

  test('refuses a misspelt option at start-up', () => {
    expect(() => Reflect.apply(totp, undefined, [{ windows: 0 }])).toThrow(
      expect.objectContaining({ code: 'ERR_TOTP_OPTIONS' }),
    )
  })
})

describe('totp enrolment', () => {
  test('TOTP-03 makes a secret of 160 bits from the given randomness', async () => {
    const { pending } = await totp().enrolment.start(START)

    expect(pending).toEqual({ secret: expect.stringMatching(/^[A-Z2-7]{32}$/), algorithm: 'SHA-1', digits: 6 })
    expect(decodeSecret(String(Object(pending).secret))).toEqual(new Uint8Array(START.randomBytes(20)))
  })

  test('TOTP-03 makes the secret as long as the hash', async () => {
    const sha256 = await totp({ algorithm: 'SHA-256' }).enrolment.start(START)
    const sha512 = await totp({ algorithm: 'SHA-512', digits: 8 }).enrolment.start(START)

    expect(sha256.pending).toMatchObject({ secret: expect.stringMatching(/^.{52}$/), algorithm: 'SHA-256' })
    expect(sha512.pending).toMatchObject({ secret: expect.stringMatching(/^.{103}$/), digits: 8 })
  })

  test('v5.0.0-6.5.3 gives everybody another secret', async () => {
    const factor = totp()
    const starting = Array.from({ length: 50 }, () => factor.enrolment.start({ ...START, randomBytes }))

    const secrets = (await Promise.all(starting)).map(({ pending }) => JSON.stringify(pending))

    expect(new Set(secrets).size).toBe(50)
  })

  test('shows the secret in fours, and a field for the first code', async () => {
    const { pending, view } = await totp().enrolment.start(START)
    const [qr, secret, code] = view

    expect(qr).toMatchObject({ kind: 'qr', label: expect.any(String) })
    expect(secret).toMatchObject({ id: 'totp-secret', text: expect.stringMatching(/^([A-Z2-7]{4} ){7}[A-Z2-7]{4}$/) })
    expect(JSON.stringify(secret).replaceAll(' ', '')).toContain(String(Object(pending).secret))
    expect(code).toEqual({ kind: 'code', digits: 6 })
  })

  test('draws the QR code as SVG that a strict content security policy lets stand', async () => {
    const { view } = await totp().enrolment.start(START)
    const svg = String(Object(view[0]).svg)

    expect(svg).toMatch(
      /^<svg xmlns="http:\/\/www.w3.org\/2000\/svg" viewBox="0 0 \d+ \d+"[^<>]*>(<path [^<>]*>){2}<\/svg>$/,
    )
    expect(svg).not.toMatch(/style|script|href|\son/)
    expect(svg).toMatch(/fill="#ffffff".*stroke="#000000"/)
  })

  test('draws a QR code for the longest names', async () => {
    const names = { issuer: '\u{1f3e6}'.repeat(500), account: '銀'.repeat(500) }

    const { view } = await totp({ algorithm: 'SHA-512' }).enrolment.start({ ...START, ...names })

    expect(view[0]).toMatchObject({ kind: 'qr' })
  })

  test('shows a pending enrolment again as it was', async () => {
    const factor = totp()
    const { pending, view } = await factor.enrolment.start(START)

    expect(await factor.enrolment.view(pending, START)).toEqual(view)
  })

  test('F-08 uses up the code that confirms the enrolment', async () => {
    const factor = totp()
    const { pending } = await factor.enrolment.start(START)
    const input = { code: codeAt(STEP, String(Object(pending).secret)) }

    const finished = await factor.enrolment.finish(pending, input, NOW)
    const state = finished.ok ? finished.next : null

    expect(await factor.verify({ id: 'a1', state }, {}, input, NOW)).toEqual({ ok: false, reason: 'code_reused' })
  })

  test('TOTP-10 does not enrol on a wrong code', async () => {
    const factor = totp()
    const { pending } = await factor.enrolment.start(START)
    const code = codeAt(STEP + 5, String(Object(pending).secret))

    expect(await factor.enrolment.finish(pending, { code }, NOW)).toEqual({ ok: false, reason: 'wrong_code' })
  })

  test('rejects a pending state that is not its own', async () => {
    await expect(totp().enrolment.view({ secret: SECRET }, START)).rejects.toMatchObject({ code: 'ERR_TOTP_STATE' })
    await expect(totp().enrolment.finish(null, { code: '123456' }, NOW)).rejects.toMatchObject({
      code: 'ERR_TOTP_STATE',
    })
  })

  test('rejects randomness of the wrong length', async () => {
    const starting = totp().enrolment.start({ ...START, randomBytes: () => new Uint8Array(4) })

    await expect(starting).rejects.toMatchObject({ code: 'ERR_TOTP_RANDOM' })
  })
})
