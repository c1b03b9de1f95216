import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { parseChallenge, parsePending, parseState } from './state.ts'

const STATE = {
  credentialId: 'AAAA',
  publicKey: 'AAAA',
  signCount: 0,
  userHandle: 'AAAA',
  transports: ['internal'],
  backupEligible: false,
  backedUp: false,
  uvInitialized: true,
  aaguid: '00000000-0000-0000-0000-000000000000',
  attested: false,
  rpId: 'bank.example',
}
const RANDOM = Buffer.alloc(32, 7)
const CHALLENGE = { challenge: RANDOM.toString('base64url'), uv: false, action: null, purpose: 'step_up' }
const PENDING = {
  challenge: RANDOM.toString('base64url'),
  userHandle: 'AAAA',
  excludeCredentials: [{ id: 'AAAA', transports: [] }],
}
const REFUSED: unknown = expect.objectContaining({ code: 'ERR_WEBAUTHN_STATE' })

describe('parseState', () => {
  test('reads what the factor stored', () => {
    expect(parseState(STATE)).toEqual(STATE)
  })

  test.each([
    ['null', null],
    ['a list', [STATE]],
    ['an empty object', {}],
    ['a challenge', CHALLENGE],
    ['a member more', { ...STATE, more: 1 }],
    ['a credential id that is not strict', { ...STATE, credentialId: 'AA==' }],
    ['an empty credential id', { ...STATE, credentialId: '' }],
    ['a key as a list', { ...STATE, publicKey: [1] }],
    ['a negative count', { ...STATE, signCount: -1 }],
    ['a count beyond 32 bits', { ...STATE, signCount: 2 ** 32 }],
    ['a count as text', { ...STATE, signCount: '0' }],
    ['a handle over 64 bytes', { ...STATE, userHandle: 'A'.repeat(88) }],
    ['transports as text', { ...STATE, transports: 'internal' }],
    ['a flag as a number', { ...STATE, attested: 1 }],
    ['an AAGUID in capitals', { ...STATE, aaguid: STATE.aaguid.replaceAll('0', 'A') }],
    ['an RP ID as null', { ...STATE, rpId: null }],
  ])('refuses %s', (_what, state) => {
    expect(() => parseState(state)).toThrow(REFUSED)
  })
})

describe('parsePending', () => {
  test('reads what the factor stored', () => {
    expect(parsePending(PENDING)).toEqual(PENDING)
  })

  test.each([
    ['an enrolled state', STATE],
    ['a challenge that is too short', { ...PENDING, challenge: 'AAAA' }],
    ['no handle', { ...PENDING, userHandle: '' }],
    ['excluded ids as texts', { ...PENDING, excludeCredentials: ['AAAA'] }],
    ['excluded ids as an object', { ...PENDING, excludeCredentials: {} }],
  ])('refuses %s', (_what, pending) => {
    expect(() => parsePending(pending)).toThrow(REFUSED)
  })
})

describe('parseChallenge', () => {
  test('reads what the factor stored, with and without an action', () => {
    const hash = createHash('sha256').update('v1:abc').digest()
    const bound = Buffer.concat([RANDOM, hash])

    expect(parseChallenge(CHALLENGE)).toEqual({ ...CHALLENGE, bytes: new Uint8Array(RANDOM) })
    expect(parseChallenge({ ...CHALLENGE, challenge: bound.toString('base64url'), action: 'v1:abc' }).bytes).toEqual(
      new Uint8Array(bound),
    )
  })

  test.each([
    ['an enrolment', PENDING],
    ['a purpose that it does not know', { ...CHALLENGE, purpose: 'enrolment' }],
    ['verification as text', { ...CHALLENGE, uv: 'required' }],
    ['an action that is not in the challenge', { ...CHALLENGE, action: 'v1:abc' }],
    ['a challenge with more than its action', { ...CHALLENGE, challenge: 'A'.repeat(86) }],
    ['a challenge as a list', { ...CHALLENGE, challenge: [CHALLENGE.challenge] }],
  ])('refuses %s', (_what, state) => {
    expect(() => parseChallenge(state)).toThrow(REFUSED)
  })

  test('v5.0.0-16.2.5 says nothing of the state it refuses', () => {
    expect(() => parseChallenge({ ...CHALLENGE, uv: 1 })).not.toThrow(CHALLENGE.challenge)
  })
})
