import { createHash } from 'node:crypto'

import type { AuthenticatorState, EnrolledFactor, FactorInput, FactorOutcome } from '../src/factor.ts'

/** A passkey of this factor, as its owner's device has it. */
export interface TestPasskey {
  readonly name: string
  readonly secret: string
}

/**
 * A factor for tests by which people can sign in: an answer names its passkey, fits one challenge alone, and says whether
 * the user was verified.
 */
export function signInFactor(): EnrolledFactor {
  return {
    name: 'webauthn',
    strong: true,
    strength: ['phishing_resistant'],
    mayShow: ['phishing_resistant', 'user_verified'],
    guessable: false,
    enrolment: {
      async start(input) {
        const text = (size: number): string => Buffer.from(input.randomBytes(size)).toString('hex')
        return { name: text(8), secret: text(16) }
      },
      async view(pending) {
        const { name, secret } = passkeyOf(pending)
        return [{ kind: 'secret', id: 'passkey', label: 'Passkey', text: `${name}.${secret}` }]
      },
      async finish({ pending, input }) {
        const { name, secret } = passkeyOf(pending)
        if (input['code'] !== `${name}.${secret}`) return { ok: false, reason: 'signature_invalid' }
        return { ok: true, next: { name, secret, uses: 0 }, unique: name }
      },
    },
    start: async (input) => ({ nonce: Buffer.from(input.randomBytes(16)).toString('hex') }),
    view: async (state) => viewOf(state),
    verify: async (authenticator, { state, input }) => judge(authenticator, state, input),
    signIn: { view: async (state) => viewOf(state), named: ({ name }) => name },
  }
}

/** What the owner's device answers to a challenge that shows this nonce. */
export function sign({ name, secret }: TestPasskey, nonce: string): FactorInput {
  return { name, code: createHash('sha256').update(`${secret} ${nonce}`).digest('hex'), verified: 'yes' }
}

function judge({ state }: AuthenticatorState, challenge: unknown, input: FactorInput): FactorOutcome {
  const passkey = passkeyOf(state)
  if (passkey.name !== input['name']) return { ok: false, reason: 'authenticator_unknown' }
  if (sign(passkey, textOf(challenge, 'nonce'))['code'] !== input['code'])
    return { ok: false, reason: 'signature_invalid' }
  const strength = input['verified'] === 'yes' ? (['user_verified'] as const) : []
  const uses = Number(textOf(state, 'uses')) + 1
  return { ok: true, next: { ...passkey, uses }, strength, proof: { signature: input['code'] ?? '' } }
}

function viewOf(state: unknown): Awaited<ReturnType<EnrolledFactor['view']>> {
  return [{ kind: 'secret', id: 'nonce', label: 'Nonce', text: textOf(state, 'nonce') }]
}

function passkeyOf(value: unknown): TestPasskey {
  return { name: textOf(value, 'name'), secret: textOf(value, 'secret') }
}

function textOf(value: unknown, name: string): string {
  const member: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
  return String(member)
}
