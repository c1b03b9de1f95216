import { FACTORS } from '@sallyport/audit'
import type { FactorName } from '@sallyport/audit'
import type { Who } from '@sallyport/audit/context'

const MAX_USER = 512
const MAX_ID_BYTES = 256
const MAX_TEXT = 200
const MAX_TEXTS = 32

/** What can be used of an answer, and whether that was all of it. */
export interface ReadWho {
  readonly who: Who | undefined
  readonly isWhole: boolean
}

/**
 * Takes of what the application says of a person what an event can hold. Members that are `undefined` are not said.
 *
 * @param claimed The answer of the option `who`.
 * @returns Nobody when there is no id of a person; otherwise the person with each member that has the right form.
 */
export function readWho(claimed: unknown): ReadWho {
  const said = membersOf(claimed)
  const user = said?.['user']
  if (said === undefined || !isText(user) || user.length > MAX_USER) return { who: undefined, isWhole: false }

  const { lineage, tenant, authn } = said
  const proof = membersOf(authn)
  const found: Who = {
    user,
    ...(isId(lineage) ? { lineage } : {}),
    ...(isShortText(tenant) ? { tenant } : {}),
    ...(proof === undefined ? {} : { authn: authnFrom(proof) }),
  }
  const isWhole = isAllOf(said, found, ['lineage', 'tenant']) && (authn === undefined || proof !== undefined)
  const members = Object.keys(PROOFS)
  return { who: found, isWhole: isWhole && (proof === undefined || isAllOf(proof, { ...found.authn }, members)) }
}

const PROOFS = {
  factor: isFactor,
  authenticator: isId,
  strength: isTexts,
  acr: isShortText,
  amr: isTexts,
  protocol: (value: unknown): value is 'oidc' => value === 'oidc',
}

function authnFrom({ factor, authenticator, strength, acr, amr, protocol }: Members): NonNullable<Who['authn']> {
  return {
    ...(PROOFS.factor(factor) ? { factor } : {}),
    ...(PROOFS.authenticator(authenticator) ? { authenticator } : {}),
    ...(PROOFS.strength(strength) ? { strength } : {}),
    ...(PROOFS.acr(acr) ? { acr } : {}),
    ...(PROOFS.amr(amr) ? { amr } : {}),
    ...(PROOFS.protocol(protocol) ? { protocol } : {}),
  }
}

type Members = Readonly<Record<string, unknown>>

/** The members of an object, each read once. */
function membersOf(value: unknown): Members | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined
}

function isAllOf(said: Members, found: object, names: readonly string[]): boolean {
  return names.every((name) => said[name] === undefined || name in found)
}

function isFactor(value: unknown): value is FactorName {
  return FACTORS.some((name) => name === value)
}

// A session's id joins events, so it is never shortened: it fits or is left out.
function isId(value: unknown): value is string {
  return isText(value) && value.length <= MAX_ID_BYTES && Buffer.byteLength(value) <= MAX_ID_BYTES
}

function isShortText(value: unknown): value is string {
  return isText(value) && value.length <= MAX_TEXT
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.length <= MAX_TEXTS && value.every(isShortText)
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.isWellFormed() && !value.includes('\0')
}
