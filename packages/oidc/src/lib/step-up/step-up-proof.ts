import { STRENGTHS } from '../assurance.ts'
import { refuseStore } from '../errors.ts'
import { member } from '../member.ts'
import { openSealed } from '../sealed.ts'
import type { Reason } from '@sallyport/audit'
import type { Keyring } from '@sallyport/keyring'
import type { Evidence } from '@sallyport/step-up'
import type { Clock } from '../system.ts'

/** What one challenge asks of the provider. It is what the challenge keeps, and, sealed, what the link to the provider carries. */
export interface StepUpTicket {
  /** The step-up's id. */
  readonly stepUp: string
  /** Names the challenge: fresh and unguessable. */
  readonly bind: string
  readonly user: string
  readonly issuer: string
  /** The name of the door at which it counts. */
  readonly provider: string
  /** Any one of them has to be reached; empty for any level. */
  readonly acrValues: readonly string[]
  /** Seconds: how old the provider's own sign-in may be. 0 asks for a new one. */
  readonly maxAge: number
  readonly prompt?: string | undefined
  /** Milliseconds since the epoch. */
  readonly issuedAt: number
}

/** What a round trip showed of its person, as evidence; or why it shows nothing. */
export type ProofResult =
  | { readonly ok: true; readonly evidence: ProvedEvidence }
  | { readonly ok: false; readonly reason: Reason }

/** The part of the evidence that the provider's word is the source of. */
interface ProvedEvidence extends Pick<Evidence, 'at' | 'strong' | 'strength'> {
  readonly acr?: string | undefined
  readonly amr?: readonly string[] | undefined
}

/** How a round trip for one challenge ended: made by the callback, read by the factor, seen by nobody between them. */
export interface StepUpProof extends Pick<StepUpTicket, 'stepUp' | 'bind' | 'user' | 'issuer' | 'provider'> {
  readonly result: ProofResult
}

/**
 * Seals what travels for a step-up; each kind opens as itself only. All of it rejects with `ERR_OIDC_STORE_UNAVAILABLE` when the
 * key ring cannot be asked.
 */
export interface StepUpSeals {
  sealTicket(ticket: StepUpTicket): Promise<string>
  /** Opens a ticket that is not too old; `undefined` for anything else. */
  openTicket(sealed: unknown): Promise<StepUpTicket | undefined>
  sealProof(proof: StepUpProof): Promise<string>
  /** Opens a proof that was made a moment before `now`; `undefined` for anything else. */
  openProof(sealed: unknown, now: number): Promise<StepUpProof | undefined>
}

/** As long as a challenge can be answered: an older ticket would be answered in vain. */
const MAX_TICKET_MS = 300_000
/** A proof goes from the callback to the factor within one request. */
const MAX_PROOF_MS = 60_000
const MAX_SEALED = 8_192
const TICKET = 'oidc.step-up-ticket'
const PROOF = 'oidc.step-up-proof'

/** Prepares the seals. The clock is the store's, by which challenges are judged too. */
export function createStepUpSeals({
  keyring,
  clock,
}: {
  readonly keyring: Keyring
  readonly clock: Clock
}): StepUpSeals {
  const open = async (context: string, sealed: unknown): Promise<unknown> => {
    if (typeof sealed !== 'string' || sealed.length > MAX_SEALED) return undefined
    const bytes = await openSealed(keyring, context, sealed)
    return bytes && JSON.parse(new TextDecoder().decode(bytes))
  }
  const seal = (context: string, value: object): Promise<string> =>
    keyring.seal(context, new TextEncoder().encode(JSON.stringify(value))).catch(refuseStore)
  return {
    sealTicket: (ticket) => seal(TICKET, ticket),
    async openTicket(sealed) {
      const ticket = readTicket(await open(TICKET, sealed))
      return ticket && isWithin(clock.now() - ticket.issuedAt, MAX_TICKET_MS) ? ticket : undefined
    },
    sealProof: (proof) => seal(PROOF, { ...proof, madeAt: clock.now() }),
    async openProof(sealed, now) {
      const value = await open(PROOF, sealed)
      const madeAt = member(value, 'madeAt')
      return isProof(value) && typeof madeAt === 'number' && isWithin(now - madeAt, MAX_PROOF_MS) ? value : undefined
    },
  }
}

/** Reads what a challenge has kept, or what a ticket held. */
export function readTicket(value: unknown): StepUpTicket | undefined {
  return isTicket(value) ? value : undefined
}

function isTicket(value: unknown): value is StepUpTicket {
  const of = (name: string): unknown => member(value, name)
  return (
    isBound(value) &&
    isTexts(of('acrValues')) &&
    Number.isSafeInteger(of('maxAge')) &&
    Number.isSafeInteger(of('issuedAt')) &&
    (of('prompt') === undefined || typeof of('prompt') === 'string')
  )
}

function isProof(value: unknown): value is StepUpProof {
  const result = member(value, 'result')
  const evidence = member(result, 'evidence')
  if (!isBound(value)) return false
  return member(result, 'ok') === true ? isEvidence(evidence) : typeof member(result, 'reason') === 'string'
}

function isEvidence(value: unknown): value is ProvedEvidence {
  const of = (name: string): unknown => member(value, name)
  const strength = of('strength')
  return (
    typeof of('at') === 'number' &&
    typeof of('strong') === 'boolean' &&
    isTexts(strength) &&
    isStrengths(strength) &&
    (of('acr') === undefined || typeof of('acr') === 'string') &&
    (of('amr') === undefined || isTexts(of('amr')))
  )
}

function isBound(value: unknown): boolean {
  return ['stepUp', 'bind', 'user', 'issuer', 'provider'].every((name) => typeof member(value, name) === 'string')
}

function isStrengths(names: readonly string[]): boolean {
  const known: readonly string[] = STRENGTHS
  return names.every((one) => known.includes(one))
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string')
}

/** Clocks of two instances may differ by a little. */
function isWithin(age: number, max: number): boolean {
  return age <= max && age >= -max
}
