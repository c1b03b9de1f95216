import type { EnrolledFactor, FactorInput, FactorOutcome } from '../src/factor.ts'

type Judgeable = Readonly<Record<string, unknown>>

/**
 * A factor for tests that stands in for a passkey: strong and phishing-resistant, answered with the secret itself, as
 * often as one likes. Being typed, its answers can be guessed; `guessable: false` has them counted as a real one's are.
 */
export function keyFactor({ guessable = true }: { readonly guessable?: boolean } = {}): EnrolledFactor {
  return {
    name: 'webauthn',
    strong: true,
    strength: ['phishing_resistant', 'user_verified'],
    guessable,
    enrolment: {
      async start(input) {
        const secret = Buffer.from(input.randomBytes(16)).toString('hex')
        return { secret }
      },
      view: async (pending) => viewOf(String(members(pending)['secret'])),
      finish: async ({ pending, input }) => judge(members(pending), input),
    },
    start: async () => ({}),
    view: async () => [{ kind: 'code', digits: 32 }],
    verify: async (authenticator, { input }) => judge(members(authenticator.state), input),
  }
}

function viewOf(secret: string): Awaited<ReturnType<EnrolledFactor['enrolment']['view']>> {
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
