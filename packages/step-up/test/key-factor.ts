import type { Factor, FactorInput, FactorOutcome } from '../src/factor.ts'

type Judgeable = Readonly<Record<string, unknown>>

/**
 * A factor for tests that stands in for a passkey: strong and phishing-resistant, answered with the secret itself, as
 * often as one likes.
 */
export function keyFactor(): Factor {
  return {
    name: 'webauthn',
    strong: true,
    strength: ['phishing_resistant', 'user_verified'],
    enrolment: {
      async start(input) {
        const secret = Buffer.from(input.randomBytes(16)).toString('hex')
        return { pending: { secret }, view: viewOf(secret) }
      },
      view: async (pending) => viewOf(String(members(pending)['secret'])),
      finish: async (pending, input) => judge(members(pending), input),
    },
    start: async () => ({ state: {}, view: [{ kind: 'code', digits: 32 }] }),
    verify: async (authenticator, _state, input) => judge(members(authenticator.state), input),
  }
}

function viewOf(secret: string): Awaited<ReturnType<Factor['enrolment']['view']>> {
  return [
    { kind: 'secret', id: 'key-secret', label: 'Key', text: secret },
    { kind: 'code', digits: 32 },
  ]
}

function judge(state: Judgeable, { code }: FactorInput): FactorOutcome {
  if (code === undefined) return { ok: false, reason: 'invalid_input' }
  if (code !== state['secret']) return { ok: false, reason: 'wrong_code' }
  return { ok: true, next: { secret: code, uses: Number(state['uses'] ?? 0) + 1 }, strength: [] }
}

function members(value: unknown): Judgeable {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}
