import { createHash } from 'node:crypto'
import { generateSync } from 'otplib'
import type { AuthenticatorState, EnrolmentStart, Factor, FactorOutcome } from '@sallyport/step-up/factor'

/** The middle of `STEP`, in milliseconds since the epoch. */
export const NOW = 1_800_000_015_000
export const STEP = 60_000_000

/** The 20 bytes of RFC 6238 appendix B. */
export const SECRET = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ'

const randomBytes = (size: number): Uint8Array => createHash('shake256', { outputLength: size }).update('seed').digest()

/** What an enrolment begins with, its randomness the same each time. */
export const START: EnrolmentStart = {
  issuer: 'Bank',
  account: 'ada@example.com',
  existing: [],
  now: NOW,
  randomBytes,
}

/** What the app shows at a time step. */
export function codeAt(step: number, secret: string = SECRET): string {
  return generateSync({ secret, epoch: step * 30 })
}

/** An enrolled app; by default its last code was used long ago. */
export function enrolled(lastStep: number = STEP - 100): AuthenticatorState {
  return { id: 'a1', state: { secret: SECRET, algorithm: 'SHA-1', digits: 6, lastStep } }
}

/** Answers a challenge with the fields of a form. */
export async function answer(
  factor: Factor,
  input: Readonly<Record<string, string>>,
  {
    authenticator = enrolled(),
    now = NOW,
  }: { readonly authenticator?: AuthenticatorState; readonly now?: number } = {},
): Promise<FactorOutcome> {
  const asked = { stepUp: 'S1', user: 'ada', demanded: [], acr: [], maxAgeMs: 300_000, action: null }
  const state = await factor.start({ ...asked, authenticators: [authenticator], now, randomBytes })
  return await factor.verify(authenticator, { state, input, now, randomBytes })
}
