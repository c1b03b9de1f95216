import { createHash, timingSafeEqual } from 'node:crypto'

import type { Json } from '@sallyport/store'

import { StepUpError } from './errors.ts'
import { checkOptionNames } from './option-names.ts'
import { formatCode, readCode, RECOVERY_CODE_LENGTH, writeCode } from './recovery-code.ts'
import type { Attempt, EnrolmentOutcome, EnrolledFactor, FactorOutcome } from './types.ts'

/** How recovery codes are made. */
export interface RecoveryCodesOptions {
  /** How many a person gets at once: 8 to 16; 10 if not given. */
  readonly count?: number | undefined
}

const MIN_CODES = 8
const MAX_CODES = 16
const DEFAULT_CODES = 10
// 120 bits: above 112, a plain digest of a code may be stored (ASVS 5.0 6.5.2).
const CODE_BYTES = 15
const DIGEST_BYTES = 32

/**
 * Makes the factor for codes that a person keeps on paper for the day when all else is lost.
 *
 * Each code is 120 random bits, shown once, stored as a digest and good once; the answer that uses one shows a new one in its
 * place, so that a set never runs out. A new set takes the place of the earlier one. A code is no second factor by itself: it
 * is never `strong` and never phishing-resistant. It opens the pages where the ways to confirm are changed, and routes that
 * name `recovery_code` in `anyOf` or `allOf`.
 *
 * @param options How many codes; see `RecoveryCodesOptions`.
 * @throws `StepUpError` with `ERR_STEP_UP_OPTION` for an unknown option or a count out of range.
 * @see NIST SP 800-63B-4 §4.2.1.1 (saved recovery codes), OWASP ASVS 5.0 6.5.1 to 6.5.4
 * @example
 * createStepUp({ store, audit, keyring, factors: [totp(), recoveryCodes()], origin, appName })
 */
export function recoveryCodes(options: RecoveryCodesOptions = {}): EnrolledFactor {
  const count = countOf(options)
  return {
    name: 'recovery_code',
    strong: false,
    strength: [],
    guessable: true,
    enrolment: {
      replaces: true,
      start: async (input) => ({ codes: Array.from({ length: count }, () => newCode(input)) }),
      view: async (pending) => [
        { kind: 'codes', label: 'recovery_codes_label', codes: textsOf(pending, 'codes').map(formatCode) },
      ],
      finish: async ({ pending, input }) => keep(textsOf(pending, 'codes'), input['kept']),
    },
    start: async () => ({}),
    view: async () => [{ kind: 'code', digits: RECOVERY_CODE_LENGTH, letters: true }],
    verify: async ({ state }, attempt) => judge(textsOf(state, 'digests'), attempt),
  }
}

function countOf(options: RecoveryCodesOptions): number {
  checkOptionNames('recoveryCodes', options, ['count'])
  const { count = DEFAULT_CODES } = options
  if (Number.isInteger(count) && count >= MIN_CODES && count <= MAX_CODES) return count
  throw new StepUpError('ERR_STEP_UP_OPTION', `count is a whole number from ${MIN_CODES} to ${MAX_CODES}.`)
}

/** From now on only digests are left; whoever has not kept the codes makes new ones. */
function keep(codes: readonly string[], kept: string | undefined): EnrolmentOutcome {
  if (kept !== 'yes') return { ok: false, reason: 'invalid_input' }

  const digests = codes.map((code) => digestOf(code).toString('base64url'))
  return { ok: true, next: { digests }, events: [{ type: 'recovery_codes.generated', data: { count: codes.length } }] }
}

/** Compares with every digest, whichever fits, so that the time tells nothing. */
function judge(digests: readonly string[], attempt: Attempt): FactorOutcome {
  const code = readCode(attempt.input['code'])
  if (code === undefined) return { ok: false, reason: 'invalid_input' }

  const given = digestOf(code)
  const fitting = digests.map((digest) => timingSafeEqual(given, readDigest(digest)))
  if (!fitting.includes(true)) return { ok: false, reason: 'wrong_code' }

  const replacement = newCode(attempt)
  const next = digests.map((digest, place) =>
    fitting[place] === true ? digestOf(replacement).toString('base64url') : digest,
  )
  return {
    ok: true,
    next: { digests: next },
    strength: [],
    events: [{ type: 'recovery_code.used', data: { left: next.length } }],
    view: [
      { kind: 'text', message: 'recovery_code_replacement' },
      { kind: 'codes', label: 'recovery_code_label', codes: [formatCode(replacement)] },
    ],
  }
}

function newCode(source: Pick<Attempt, 'randomBytes'>): string {
  const bytes = source.randomBytes(CODE_BYTES)
  if (bytes.length === CODE_BYTES) return writeCode(bytes)
  throw new StepUpError('ERR_STEP_UP_OPTION', 'randomBytes gave another number of bytes than asked.')
}

function digestOf(code: string): Buffer {
  return createHash('sha256').update(code).digest()
}

function readDigest(text: string): Buffer {
  const digest = Buffer.from(text, 'base64url')
  return digest.length === DIGEST_BYTES ? digest : damaged()
}

/** Reads the texts that this factor has stored under a name. */
function textsOf(stored: Json, name: string): readonly string[] {
  const texts: unknown = typeof stored === 'object' && stored !== null ? Reflect.get(stored, name) : undefined
  return Array.isArray(texts) && texts.every((text) => typeof text === 'string') ? texts : damaged()
}

function damaged(): never {
  throw new StepUpError('ERR_STEP_UP_RECORD', 'The stored recovery codes are not what this factor writes.')
}
