import { randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { answer, codeAt, NOW, SECRET, START, STEP } from '../../test/authenticator-app.ts'
import { decodeSecret } from './one-time-code.ts'
import { totp } from './totp.ts'
import type { EnrolledFactor } from '@sallyport/step-up/factor'

type Pending = Awaited<ReturnType<EnrolledFactor['enrolment']['start']>>

function secretOf(pending: Pending): string {
  return String(Object(pending).secret)
}

describe('totp enrolment', () => {
  test('TOTP-03 NB-21 makes a secret of 160 bits from the given randomness', async () => {
    const pending = await totp().enrolment.start(START)

    expect(pending).toEqual({ secret: expect.stringMatching(/^[A-Z2-7]{32}$/), algorithm: 'SHA-1', digits: 6 })
    expect(decodeSecret(secretOf(pending))).toEqual(new Uint8Array(START.randomBytes(20)))
  })

  test('TOTP-03 makes the secret as long as the hash', async () => {
    const sha256 = await totp({ algorithm: 'SHA-256' }).enrolment.start(START)
    const sha512 = await totp({ algorithm: 'SHA-512', digits: 8 }).enrolment.start(START)

    expect(sha256).toMatchObject({ secret: expect.stringMatching(/^.{52}$/), algorithm: 'SHA-256' })
    expect(sha512).toMatchObject({ secret: expect.stringMatching(/^.{103}$/), digits: 8 })
  })

  test('v5.0.0-6.5.3 gives everybody another secret', async () => {
    const factor = totp()
    const starting = Array.from({ length: 50 }, () => factor.enrolment.start({ ...START, randomBytes }))

    const secrets = (await Promise.all(starting)).map(secretOf)

    expect(new Set(secrets).size).toBe(50)
  })

  test('TOTP-04 enrols an app with SHA-256 and 8 digits, and then judges its codes', async () => {
    const factor = totp({ algorithm: 'SHA-256', digits: 8 })
    const randomness = { ...START, randomBytes: (): Uint8Array => Buffer.from('12345678901234567890123456789012') }
    const pending = await factor.enrolment.start(randomness)

    // Two codes of RFC 6238 appendix B.
    const finished = await factor.enrolment.finish({ pending, input: { code: '68084774' }, now: 1_111_111_109_000 })
    const authenticator = { id: 'a1', state: finished.ok ? finished.next : null }
    const verified = await answer(factor, { code: '91819424' }, { authenticator, now: 1_234_567_890_000 })

    expect(verified).toMatchObject({ ok: true, next: { algorithm: 'SHA-256', digits: 8, lastStep: 0x273ef07 } })
  })

  test('shows the secret in fours, and a field for the first code', async () => {
    const pending = await totp().enrolment.start(START)

    const [qr, secret, code] = await totp().enrolment.view(pending, START)

    expect(qr).toMatchObject({ kind: 'qr', label: expect.any(String) })
    expect(secret).toMatchObject({ id: 'totp-secret', text: expect.stringMatching(/^([A-Z2-7]{4} ){7}[A-Z2-7]{4}$/) })
    expect(JSON.stringify(secret).replaceAll(' ', '')).toContain(secretOf(pending))
    expect(code).toEqual({ kind: 'code', digits: 6 })
  })

  test('asks for the eight digits that the new app will show', async () => {
    const factor = totp({ digits: 8 })

    const blocks = await factor.enrolment.view(await factor.enrolment.start(START), START)

    expect(blocks.at(-1)).toEqual({ kind: 'code', digits: 8 })
  })

  test('OTPURI-03 draws the QR code as SVG that a strict content security policy lets stand', async () => {
    const [qr] = await totp().enrolment.view(await totp().enrolment.start(START), START)
    const svg = String(Object(qr).svg)

    expect(svg).toMatch(
      /^<svg xmlns="http:\/\/www.w3.org\/2000\/svg" viewBox="0 0 \d+ \d+"[^<>]*>(<path [^<>]*>){2}<\/svg>$/,
    )
    expect(svg).not.toMatch(/style|script|href|\son/)
    expect(svg).toMatch(/fill="#ffffff".*stroke="#000000"/)
  })

  test('draws a QR code for the longest names', async () => {
    const names = { ...START, issuer: '\u{1f3e6}'.repeat(500), account: '銀'.repeat(500) }
    const factor = totp({ algorithm: 'SHA-512' })

    const [qr] = await factor.enrolment.view(await factor.enrolment.start(names), names)

    expect(qr).toMatchObject({ kind: 'qr' })
  })

  test('shows a pending enrolment as often as one looks, always the same', async () => {
    const factor = totp()
    const pending = await factor.enrolment.start(START)

    expect(await factor.enrolment.view(pending, START)).toEqual(await factor.enrolment.view(pending, START))
  })

  test('TOTP-10 enrols on the right first code, with nothing but the state to keep', async () => {
    const pending = await totp().enrolment.start(START)
    const input = { code: codeAt(STEP, secretOf(pending)) }

    const finished = await totp().enrolment.finish({ pending, input, now: NOW })

    expect(finished).toEqual({ ok: true, next: { ...Object(pending), lastStep: STEP } })
  })

  test('F-08 TOTP-06 uses up the code that confirms the enrolment', async () => {
    const factor = totp()
    const pending = await factor.enrolment.start(START)
    const input = { code: codeAt(STEP, secretOf(pending)) }

    const finished = await factor.enrolment.finish({ pending, input, now: NOW })
    const authenticator = { id: 'a1', state: finished.ok ? finished.next : null }

    expect(await answer(factor, input, { authenticator })).toEqual({ ok: false, reason: 'code_reused' })
  })

  test('TOTP-10 does not enrol on a wrong code', async () => {
    const pending = await totp().enrolment.start(START)
    const input = { code: codeAt(STEP + 5, secretOf(pending)) }

    expect(await totp().enrolment.finish({ pending, input, now: NOW })).toEqual({ ok: false, reason: 'wrong_code' })
  })

  test('TOTP-10 lets no pending secret pass a challenge', async () => {
    const state = await totp().enrolment.start(START)
    const passing = answer(totp(), { code: codeAt(STEP, secretOf(state)) }, { authenticator: { id: 'a1', state } })

    await expect(passing).rejects.toMatchObject({ code: 'ERR_TOTP_STATE' })
  })

  test('TOTP-10 begins anew beside an app that is there, and leaves it alone', async () => {
    const existing = [{ id: 'a1', state: { secret: SECRET, algorithm: 'SHA-1', digits: 6, lastStep: STEP } }]

    const pending = await totp().enrolment.start({ ...START, existing })

    expect(pending).not.toMatchObject({ secret: SECRET })
    expect(totp().enrolment).not.toHaveProperty('replaces')
  })

  test('rejects a pending state that is not its own', async () => {
    const finishing = totp().enrolment.finish({ pending: null, input: { code: '123456' }, now: NOW })

    await expect(totp().enrolment.view({ secret: SECRET }, START)).rejects.toMatchObject({ code: 'ERR_TOTP_STATE' })
    await expect(finishing).rejects.toMatchObject({ code: 'ERR_TOTP_STATE' })
  })

  test('rejects randomness of the wrong length', async () => {
    const starting = totp().enrolment.start({ ...START, randomBytes: () => new Uint8Array(4) })

    await expect(starting).rejects.toMatchObject({ code: 'ERR_TOTP_RANDOM' })
  })
})
