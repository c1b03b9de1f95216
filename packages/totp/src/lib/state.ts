import type { AuthenticatorState } from '@sallyport/step-up/factor'
import { TotpError } from './errors.ts'
import { decodeSecret } from './one-time-code.ts'
import { ALGORITHMS } from './options.ts'
import type { TotpAlgorithm } from './options.ts'

/** Any JSON value, as the contract of factors stores it. */
type Json = AuthenticatorState['state']

/** What is known of an authenticator app. A pending one has no `lastStep` yet. */
export interface TotpState {
  /** Base32, upper-case, unpadded. */
  readonly secret: string
  readonly algorithm: TotpAlgorithm
  readonly digits: 6 | 8
  /** The highest time step whose code was accepted: that step and all before it are used up. */
  readonly lastStep?: number
}

// 128 bits (RFC 4226 R6) to 512 bits, in base32.
const SECRET = /^[A-Z2-7]{26,103}$/

/**
 * Reads the state of an enrolled authenticator.
 *
 * @param state As stored.
 * @returns The state, with its last step and the secret's bytes.
 * @throws TotpError `ERR_TOTP_STATE` when this factor did not make it.
 */
export function parseState(state: Json): { state: TotpState & { readonly lastStep: number }; secret: Uint8Array } {
  const { members, secret } = parseCommon(state, 4)
  const lastStep = members['lastStep']
  if (typeof lastStep !== 'number' || !Number.isSafeInteger(lastStep) || lastStep < 0) throw stateError()
  return { state: { ...common(members), lastStep }, secret }
}

/**
 * Reads the state of an enrolment that waits for its confirming code.
 *
 * @param pending As stored.
 * @returns The state, which has no last step, and the secret's bytes.
 * @throws TotpError `ERR_TOTP_STATE` when this factor did not make it.
 */
export function parsePending(pending: Json): { state: TotpState; secret: Uint8Array } {
  const { members, secret } = parseCommon(pending, 3)
  return { state: common(members), secret }
}

function parseCommon(value: Json, size: number): { members: Readonly<Record<string, Json>>; secret: Uint8Array } {
  if (!isRecord(value) || Object.keys(value).length !== size) throw stateError()
  const text = value['secret']
  const secret = typeof text === 'string' && SECRET.test(text) ? decodeSecret(text) : undefined
  if (secret === undefined) throw stateError()
  return { members: value, secret }
}

function common(members: Readonly<Record<string, Json>>): TotpState {
  const { secret, digits } = members
  const algorithm = ALGORITHMS.find((known) => known === members['algorithm'])
  if (typeof secret !== 'string' || algorithm === undefined || (digits !== 6 && digits !== 8)) throw stateError()
  return { secret, algorithm, digits }
}

function isRecord(value: Json): value is Readonly<Record<string, Json>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function stateError(): TotpError {
  return new TotpError('ERR_TOTP_STATE', 'The stored state of an authenticator app is not one that this factor made.')
}
