import type { EnrolmentStart, EnrolledFactor, FactorInput, FactorOutcome } from '@sallyport/step-up/factor'
import { enrolmentView } from './enrolment-view.ts'
import { TotpError } from './errors.ts'
import { encodeSecret, findStep } from './one-time-code.ts'
import { resolveOptions } from './options.ts'
import type { TotpAlgorithm, TotpOptions } from './options.ts'
import { parsePending, parseState } from './state.ts'
import type { TotpState } from './state.ts'

// As long as the hash's output (RFC 6238 §5.1).
const SECRET_BYTES: Readonly<Record<TotpAlgorithm, number>> = { 'SHA-1': 20, 'SHA-256': 32, 'SHA-512': 64 }

// Before the first step of all.
const NEVER = -1

// Room for any grouping of eight digits, and no more.
const MAX_INPUT = 64

/**
 * Makes the factor for authenticator apps: time-based one-time codes with a step of 30 seconds.
 *
 * A code is accepted once: the last accepted step is part of the authenticator's state and only grows, so a repeated
 * or earlier code is refused with `code_reused`, in every session and on every instance that commits that state
 * under compare-and-set. The code that confirms the enrolment is used up as well. Guessing is not limited here but by
 * the counters of `step-up`, which lock the authenticator for a while. Typed codes are never phishing-resistant.
 *
 * @param options How authenticators are set up and judged, see `TotpOptions`.
 * @returns The factor, for the `factors` of `createStepUp`. Its methods reject with `ERR_TOTP_STATE` when a stored
 * state is not this factor's; bad input is an outcome with `invalid_input`, `wrong_code` or `code_reused`.
 * @throws TotpError `ERR_TOTP_OPTIONS` for an unknown option or a value out of range.
 * @see RFC 6238, RFC 4226 §7, RFC 8176 §2 (`otp`), OWASP ASVS 5.0 6.5.1 and 6.5.5
 * @example
 * createStepUp({ store, audit, keyring, factors: [totp({ window: 1 })] })
 */
export function totp(options: TotpOptions = {}): EnrolledFactor {
  const { algorithm, digits, window } = resolveOptions(options)
  return {
    name: 'totp',
    strong: true,
    strength: [],
    guessable: true,
    enrolment: {
      async start(input) {
        const state: TotpState = { secret: newSecret(input, SECRET_BYTES[algorithm]), algorithm, digits }
        return { ...state }
      },
      async view(pending, input) {
        return enrolmentView(parsePending(pending).state, input)
      },
      async finish({ pending, input, now }) {
        const { state, secret } = parsePending(pending)
        return judge({ state: { ...state, lastStep: NEVER }, secret, window }, input, now)
      },
    },
    async start() {
      return {}
    },
    async view(_state, authenticators) {
      const shown = authenticators.map(({ state }) => parseState(state).state.digits)
      return [{ kind: 'code', digits: shown.length === 0 ? digits : Math.max(...shown) }]
    },
    async verify(authenticator, { input, now }) {
      const judged = judge({ ...parseState(authenticator.state), window }, input, now)
      return judged.ok ? { ...judged, strength: [], amr: ['otp'] } : judged
    },
  }
}

interface Judged {
  readonly state: TotpState & { readonly lastStep: number }
  readonly secret: Uint8Array
  readonly window: 0 | 1
}

type Judgement =
  | { readonly ok: true; readonly next: { readonly [member: string]: string | number } }
  | Extract<FactorOutcome, { readonly ok: false }>

function judge({ state, secret, window }: Judged, input: FactorInput, now: number): Judgement {
  const code = readCode(input['code'], state.digits)
  if (code === undefined) return { ok: false, reason: 'invalid_input' }
  const step = findStep({ secret, algorithm: state.algorithm, code, now, window })
  if (step === undefined) return { ok: false, reason: 'wrong_code' }
  if (step <= state.lastStep) return { ok: false, reason: 'code_reused' }
  return { ok: true, next: { ...state, lastStep: step } }
}

// Controlled by the browser. Apps show "123 456" and people paste what they see.
function readCode(text: unknown, digits: number): string | undefined {
  if (typeof text !== 'string' || text.length > MAX_INPUT) return undefined
  const code = text.replace(/[\s\p{Pd}]/gu, '')
  return code.length === digits && /^[0-9]+$/.test(code) ? code : undefined
}

function newSecret(input: EnrolmentStart, size: number): string {
  const bytes = input.randomBytes(size)
  if (bytes.length !== size) {
    throw new TotpError('ERR_TOTP_RANDOM', 'The randomBytes given to totp returned another number of bytes than asked.')
  }
  return encodeSecret(bytes)
}
