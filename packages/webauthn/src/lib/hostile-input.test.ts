import { readFileSync } from 'node:fs'
import type { Attempt, AuthenticatorState, EnrolledFactor } from '@sallyport/step-up/factor'
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import {
  answerTo,
  bytesOf,
  createAttestedWorld,
  createWorld,
  enrol,
  NOW,
  ORIGIN,
  optionsOf,
  START,
  withResponse,
} from '../../test/passkeys.ts'

type Mutable = Record<string, unknown>

let factor: EnrolledFactor
let passkey: AuthenticatorState
let attempt: Attempt
let pending: Awaited<ReturnType<EnrolledFactor['enrolment']['start']>>
let creation: string

beforeAll(async () => {
  const world = createAttestedWorld()
  factor = world.factor
  passkey = await enrol(world)
  attempt = await answerTo(world, passkey)
  pending = await factor.enrolment.start(START)
  creation = JSON.stringify(world.authenticator.create(optionsOf(await factor.enrolment.view(pending, START)), ORIGIN))
})

function request(): string {
  return String(attempt.input['credential'])
}

async function answers(credential: string): Promise<readonly boolean[]> {
  const input = { credential }
  const outcomes = [
    await factor.enrolment.finish({ pending, input, now: NOW }),
    await factor.verify(passkey, { ...attempt, input }),
  ]
  factor.signIn?.named(input)
  return outcomes.map(({ ok }) => ok)
}

const REFUSED = [false, false]

// 37 fixed bytes, 18 before the credential id of 32, and a key of 77.
const AUTHENTICATOR_DATA_BYTES = 164

// Anything that JSON can hold, and what it can hold in the place of a text.
const anything = fc.oneof(
  fc.jsonValue(),
  fc.constant('A'.repeat(9000)),
  fc.string().map((text) => [text]),
  fc.base64String(),
  fc.constantFrom(null, '', '=', 'AAAA', 0, -1, true, [], {}, [[]], '__proto__'),
)
const member = fc.constantFrom('id', 'rawId', 'type', 'response')
const inner = fc.constantFrom('clientDataJSON', 'attestationObject', 'authenticatorData', 'signature', 'userHandle')

describe('F-17 hostile input', () => {
  test('is not what the honest answers are refused for', async () => {
    expect(await factor.enrolment.finish({ pending, input: { credential: creation }, now: NOW })).toMatchObject({
      ok: true,
    })
    expect(await factor.verify(passkey, attempt)).toMatchObject({ ok: true })
  })

  test('is refused when the field is missing', async () => {
    expect(await factor.verify(passkey, { ...attempt, input: {} })).toEqual({ ok: false, reason: 'invalid_input' })
    expect(await factor.enrolment.finish({ pending, input: {}, now: NOW })).toEqual({
      ok: false,
      reason: 'invalid_input',
    })
  })

  test('is refused, whatever text it is (property)', async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.string({ unit: 'binary' }), fc.json()), async (text) => {
        expect(await answers(text)).toEqual(REFUSED)
      }),
      { numRuns: 300 },
    )
  })

  test('is refused when a member is anything else (property)', async () => {
    const honest = fc.constantFrom(creation, request())
    await fc.assert(
      fc.asyncProperty(honest, member, anything, async (text, name, value) => {
        const changed: Mutable = JSON.parse(text)
        fc.pre(JSON.stringify(changed[name]) !== JSON.stringify(value))
        changed[name] = value

        expect(await answers(JSON.stringify(changed))).toEqual(REFUSED)
      }),
      { numRuns: 300 },
    )
  })

  test('is refused when a member of the response is anything else (property)', async () => {
    const honest = fc.constantFrom(creation, request())
    await fc.assert(
      fc.asyncProperty(honest, inner, anything, async (text, name, value) => {
        const changed: { response: Mutable } = JSON.parse(text)
        fc.pre(name in changed.response && (name !== 'userHandle' || (value !== null && value !== '')))
        changed.response[name] = value

        expect(await answers(JSON.stringify(changed))).toEqual(REFUSED)
      }),
      { numRuns: 500 },
    )
  })

  test('is refused when it is cut short anywhere (property)', async () => {
    const honest = fc.constantFrom(creation, request())
    await fc.assert(
      fc.asyncProperty(honest, fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), async (text, share) => {
        expect(await answers(text.slice(0, Math.floor(text.length * share)))).toEqual(REFUSED)
      }),
    )
  })

  test.each([
    ['nested without end', '['.repeat(32_768)],
    ['nested deeply', `${'{"response":'.repeat(2000)}1${'}'.repeat(2000)}`],
    ['an object of many members', `{${Array.from({ length: 3000 }, (_, index) => `"${index}":1`).join(',')}}`],
    ['a prototype', '{"__proto__":{"type":"public-key","id":"AAAA","rawId":"AAAA","response":{}}}'],
    ['huge', `"${'x'.repeat(10_000_000)}"`],
  ])('is refused when it is %s', async (_what, text) => {
    expect(await answers(text)).toEqual(REFUSED)
  })

  test('is refused when it is honest and too long', async () => {
    expect(await answers(creation + ' '.repeat(32_769 - creation.length))).toEqual(REFUSED)
  })

  test('is refused when the bytes of a registration are anything else (property)', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 400 }), async (bytes) => {
        const attestationObject = Buffer.from(bytes).toString('base64url')

        expect(await answers(JSON.stringify(withResponse(JSON.parse(creation), { attestationObject })))).toEqual(
          REFUSED,
        )
      }),
      { numRuns: 300 },
    )
  })

  test('is refused when any bit of what an attested registration signs is flipped (property)', async () => {
    const name = fc.constantFrom('attestationObject', 'clientDataJSON')
    await fc.assert(
      fc.asyncProperty(name, fc.nat(), fc.nat(7), async (part, place, bit) => {
        const bytes = bytesOf(JSON.parse(creation), part)
        // The authenticator data is what the attestation object ends in.
        const signed = part === 'clientDataJSON' ? bytes.length : AUTHENTICATOR_DATA_BYTES
        const position = bytes.length - 1 - (place % signed)
        bytes.writeUInt8(bytes.readUInt8(position) ^ (1 << bit), position)
        const changed = withResponse(JSON.parse(creation), { [part]: bytes.toString('base64url') })

        expect(await answers(JSON.stringify(changed))).toEqual(REFUSED)
      }),
      { numRuns: 400 },
    )
  })
})

describe('the library that judges signatures', () => {
  test('F-15 is at least the version that no longer trusts a root of the attacker', () => {
    const manifest = new URL('../package.json', import.meta.resolve('@simplewebauthn/server'))
    const [major = 0, minor = 0, patch = 0] = String(JSON.parse(readFileSync(manifest, 'utf8')).version)
      .split('.')
      .map(Number)

    expect(major * 1_000_000 + minor * 1000 + patch).toBeGreaterThanOrEqual(13_003_002)
  })
})

describe('an answer', () => {
  test('F-18 is judged the same under any parallelism: nothing is kept between answers', async () => {
    const world = createWorld()
    const one = await enrol(world)
    const judged = await answerTo(world, one)

    const outcomes = await Promise.all(Array.from({ length: 50 }, () => world.factor.verify(one, judged)))

    expect(new Set(outcomes.map((outcome) => JSON.stringify(outcome))).size).toBe(1)
  })
})
