import { createHmac, timingSafeEqual } from 'node:crypto'

import type { FactorInput, FactorOutcome, GivenFactor, ProofEvidence, StrengthName } from '../src/factor.ts'

/** What the stand-in for an identity provider says of a person who has signed in there once more. */
export interface Said extends Partial<ProofEvidence> {
  /** Whose account it is. */
  readonly user: string
  readonly at: number
  readonly strength?: readonly StrengthName[]
}

export const ISSUER = 'https://idp.example'
const KEY = 'the key of a provider that is none'
const LEVELS = ['middle', 'high']
const TOKEN = /^([A-Za-z0-9_-]{1,2048})\.([A-Za-z0-9_-]{43})$/

/**
 * A factor for tests that people have without enrolling it: the account at a provider by which their session began. It leads
 * to `/auth/again`, and is answered with a token that says who proved what, when, and for which challenge.
 */
export function providerFactor(): GivenFactor {
  return {
    name: 'oidc',
    strong: true,
    strength: [],
    mayShow: ['phishing_resistant'],
    guessable: false,
    mayReach: (acr) => acr.some((level) => LEVELS.includes(level)),
    given: ({ user, evidence }) => {
      const isTheirs = evidence.some(({ factor, issuer }) => factor === 'oidc' && issuer === ISSUER)
      return isTheirs ? { id: `account ${user}`, state: { user } } : undefined
    },
    start: async (input) => {
      const { stepUp, user, acr, maxAgeMs, failed = null } = input
      const nonce = Buffer.from(input.randomBytes(16)).toString('base64url')
      return { stepUp, user, acr: [...acr], maxAgeMs, failed, nonce }
    },
    view: async (state) => [
      { kind: 'leave', url: `/auth/again?nonce=${member(state, 'nonce')}`, message: 'leave_oidc' },
    ],
    verify: async ({ state: account }, { state, input }) => {
      const said = readToken(input)
      if (said === undefined) return { ok: false, reason: 'token_invalid' }
      if (said.nonce !== member(state, 'nonce')) return { ok: false, reason: 'token_invalid' }
      return said.user === member(account, 'user') ? proofOf(said) : { ok: false, reason: 'wrong_subject' }
    },
  }
}

/** Makes the token by which a challenge of that nonce is answered. */
export function tokenFor(nonce: string, said: Said): FactorInput {
  const body = Buffer.from(JSON.stringify({ ...said, nonce })).toString('base64url')
  return { token: `${body}.${macOf(body).toString('base64url')}` }
}

function readToken({ token = '' }: FactorInput): (Said & { readonly nonce: string }) | undefined {
  const [, body = '', mac = ''] = TOKEN.exec(token) ?? []
  const given = Buffer.from(mac, 'base64url')
  const right = macOf(body)
  if (given.length !== right.length || !timingSafeEqual(given, right)) return undefined
  return JSON.parse(Buffer.from(body, 'base64url').toString('utf8'))
}

function proofOf({ at, strong = false, issuer = ISSUER, provider, acr, strength = [] }: Said): FactorOutcome {
  const from = { issuer, ...(provider === undefined ? {} : { provider }) }
  const evidence = { at, strong, ...from, ...(acr === undefined ? {} : { acr }) }
  return { ok: true, next: null, strength, amr: ['pwd'], evidence }
}

function macOf(body: string): Buffer {
  return createHmac('sha256', KEY).update(body).digest()
}

function member(value: unknown, name: string): string {
  const text: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
  return typeof text === 'string' ? text : ''
}
