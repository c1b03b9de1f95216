import { TotpError } from './errors.ts'
import { nearestKey } from './nearest-key.ts'

/** The hash functions of RFC 6238. */
export const ALGORITHMS = ['SHA-1', 'SHA-256', 'SHA-512'] as const

/** One of `ALGORITHMS`. */
export type TotpAlgorithm = (typeof ALGORITHMS)[number]

/** How authenticator apps are set up and how their codes are judged. */
export interface TotpOptions {
  /** The hash of new authenticators: SHA-1 unless set, the only one that every app supports. Existing ones keep theirs. */
  readonly algorithm?: TotpAlgorithm | undefined
  /** The digits of a new authenticator's codes: 6 unless set. */
  readonly digits?: 6 | 8 | undefined
  /**
   * How many 30-second steps before and after the current one are accepted too: 1 unless set, for phones whose clock
   * drifts and people who type slowly. 0 keeps every code to the 30 seconds of ASVS 6.5.5, and refuses more of them.
   */
  readonly window?: 0 | 1 | undefined
}

const KEYS = ['algorithm', 'digits', 'window']

/**
 * Judges the options and fills in what was left out.
 *
 * @param options What the application configured.
 * @returns Every option with its value.
 * @throws TotpError `ERR_TOTP_OPTIONS` for an unknown key or a value out of range.
 */
export function resolveOptions(options: TotpOptions): { algorithm: TotpAlgorithm; digits: 6 | 8; window: 0 | 1 } {
  if (typeof options !== 'object' || options === null) refuse('The options of totp are an object.')
  for (const key of Object.keys(options)) {
    if (KEYS.includes(key)) continue
    const near = nearestKey(key, KEYS)
    refuse(`totp has no option "${key}"${near === undefined ? '' : `; did you mean "${near}"?`}.`)
  }
  const { algorithm = 'SHA-1', digits = 6, window = 1 } = options
  if (!ALGORITHMS.includes(algorithm)) refuse('The option algorithm of totp is "SHA-1", "SHA-256" or "SHA-512".')
  if (digits !== 6 && digits !== 8) refuse('The option digits of totp is 6 or 8.')
  if (window !== 0 && window !== 1) refuse('The option window of totp is 0 or 1.')
  return { algorithm, digits, window }
}

function refuse(message: string): never {
  throw new TotpError('ERR_TOTP_OPTIONS', message)
}
