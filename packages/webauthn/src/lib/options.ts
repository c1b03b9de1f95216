import { createHash } from 'node:crypto'
import type { X509Certificate } from 'node:crypto'
import { parseRoot } from './certificate-chain.ts'
import { OFFERED_ALGORITHMS } from './cose-key.ts'
import { WebAuthnError } from './errors.ts'
import { nearestKey } from './nearest-key.ts'
import { hostOfOrigin, isHostName, isWithin } from './origins.ts'
import { isAaguid } from './shapes.ts'

/** Which passkeys are made, and which are accepted where. */
export interface WebAuthnOptions {
  /** The host name that passkeys belong to: that of the site, or a domain above it. It can never be changed later. */
  readonly rpId: string
  /** The origins that people use passkeys on, exactly: `https://` and the `rpId` unless given. Each is on or below `rpId`. */
  readonly origins?: readonly string[] | undefined
  /**
   * Origins elsewhere that use the same passkeys, also published by `relatedOrigins` at `rpId`: none unless given.
   * What they run can use the passkeys as if it were `rpId` itself.
   */
  readonly relatedOrigins?: readonly string[] | undefined
  /** Whether every passkey has to verify its user by PIN or biometrics: `preferred` unless set, and judged by what a route demands. */
  readonly userVerification?: 'preferred' | 'required' | undefined
  /** Which models are enrolled, by AAGUID: all unless given. */
  readonly authenticators?: WebAuthnAuthenticators | undefined
  /** Whose word on an authenticator's model is believed: nobody's unless given, and nobody is asked for it. */
  readonly attestation?: WebAuthnAttestation | undefined
  /** What happens when an authenticator counted no further than the last time: `record` writes it down, `refuse` refuses too. */
  readonly counterRegression?: 'record' | 'refuse' | undefined
  /** The origins of pages that may show ours in a frame for a ceremony: none unless given. */
  readonly topOrigins?: readonly string[] | undefined
}

/** Models of authenticators, by AAGUID in dashed hex. */
export interface WebAuthnAuthenticators {
  /** Only these are enrolled. Needs `attestation`: without it, an AAGUID is what the client likes it to be. */
  readonly allow?: readonly string[] | undefined
  /** These are not enrolled. Without `attestation` this keeps out honest ones only. */
  readonly deny?: readonly string[] | undefined
}

/** Trust in the makers of authenticators. */
export interface WebAuthnAttestation {
  /** The makers' root certificates, each in PEM. An attestation that does not lead to one of them is refused. */
  readonly roots: readonly string[]
}

/** The options with everything filled in and read. */
export interface RelyingParty {
  readonly rpId: string
  readonly rpIdHash: Uint8Array
  readonly origins: ReadonlySet<string>
  readonly topOrigins: ReadonlySet<string>
  readonly userVerification: 'preferred' | 'required'
  /** COSE algorithms of new passkeys, the most wanted first. */
  readonly algorithms: readonly number[]
  readonly allow: ReadonlySet<string> | undefined
  readonly deny: ReadonlySet<string>
  readonly roots: readonly X509Certificate[] | undefined
  readonly counterRegression: 'record' | 'refuse'
}

const KEYS = [
  'rpId',
  'origins',
  'relatedOrigins',
  'userVerification',
  'authenticators',
  'attestation',
  'counterRegression',
  'topOrigins',
]

/**
 * Judges the options and fills in what was left out.
 *
 * @param options What the application configured.
 * @returns What the ceremonies are judged by.
 * @throws WebAuthnError `ERR_WEBAUTHN_OPTIONS` for what is missing, unknown, out of range or contradictory.
 */
export function resolveOptions(options: WebAuthnOptions): RelyingParty {
  checkKeys('webauthn', options, KEYS)
  const { rpId, userVerification = 'preferred', counterRegression = 'record' } = options
  if (!isHostName(rpId)) refuse('The option rpId of webauthn is a host name in lower case, such as "example.com".')
  if (userVerification !== 'preferred' && userVerification !== 'required') {
    refuse('The option userVerification of webauthn is "preferred" or "required".')
  }
  if (counterRegression !== 'record' && counterRegression !== 'refuse') {
    refuse('The option counterRegression of webauthn is "record" or "refuse".')
  }
  return {
    rpId,
    rpIdHash: hashRpId(rpId),
    origins: resolveOrigins(rpId, options),
    topOrigins: readOrigins('topOrigins', options.topOrigins ?? []),
    userVerification,
    algorithms: OFFERED_ALGORITHMS,
    ...resolveModels(options),
    counterRegression,
  }
}

/** The hash by which authenticators name a relying party (WebAuthn L3 §6.1). */
export function hashRpId(rpId: string): Uint8Array {
  return createHash('sha256').update(rpId).digest()
}

function resolveOrigins(rpId: string, options: WebAuthnOptions): ReadonlySet<string> {
  const related = readOrigins('relatedOrigins', options.relatedOrigins ?? [])
  const origins = readOrigins('origins', options.origins ?? [`https://${rpId}`])
  const astray = [...origins].find((origin) => !isWithin(hostOfOrigin(origin) ?? '', rpId) && !related.has(origin))
  if (astray !== undefined) {
    refuse(`The origin "${astray}" of webauthn is not on or below "${rpId}"; name it in relatedOrigins as well.`)
  }
  if (origins.size === 0) refuse('The option origins of webauthn is a list of at least one origin.')
  return new Set([...origins, ...related])
}

function readOrigins(option: string, list: unknown): ReadonlySet<string> {
  if (!Array.isArray(list)) refuse(`The option ${option} of webauthn is a list of origins.`)
  for (const origin of list) {
    if (hostOfOrigin(origin) !== undefined) continue
    refuse(`${JSON.stringify(origin)} in ${option} of webauthn is no origin such as "https://example.com".`)
  }
  return new Set(list.filter((origin) => typeof origin === 'string'))
}

function resolveModels({
  authenticators,
  attestation,
}: WebAuthnOptions): Pick<RelyingParty, 'allow' | 'deny' | 'roots'> {
  if (authenticators !== undefined) checkKeys('authenticators of webauthn', authenticators, ['allow', 'deny'])
  if (attestation !== undefined) checkKeys('attestation of webauthn', attestation, ['roots'])
  const allow = authenticators?.allow && readModels('allow', authenticators.allow)
  const deny = readModels('deny', authenticators?.deny ?? [])
  if (allow !== undefined && attestation === undefined) {
    refuse('authenticators.allow of webauthn needs attestation.roots: an AAGUID without attestation proves nothing.')
  }
  if (allow?.size === 0) refuse('authenticators.allow of webauthn names one model at least.')
  return { allow, deny, roots: attestation && readRoots(attestation.roots) }
}

function readModels(option: string, list: unknown): ReadonlySet<string> {
  const models = Array.isArray(list)
    ? list.map((model) => (typeof model === 'string' ? model.toLowerCase() : model))
    : []
  if (!Array.isArray(list) || !models.every(isAaguid)) {
    refuse(`authenticators.${option} of webauthn is a list of AAGUIDs in dashed hex.`)
  }
  return new Set(models)
}

function readRoots(list: unknown): readonly X509Certificate[] {
  const roots = Array.isArray(list) ? list.map(parseRoot).filter((root) => root !== undefined) : []
  if (!Array.isArray(list) || roots.length === 0 || roots.length !== list.length) {
    refuse('attestation.roots of webauthn is a list of certificates of certificate authorities, each in PEM.')
  }
  return roots
}

function checkKeys(what: string, options: unknown, known: readonly string[]): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    refuse(`The options ${what === 'webauthn' ? 'of webauthn' : what} are an object.`)
  }
  for (const key of Object.keys(options)) {
    if (known.includes(key)) continue
    const near = nearestKey(key, known)
    refuse(`${what} has no option "${key}"${near === undefined ? '' : `; did you mean "${near}"?`}.`)
  }
}

function refuse(message: string): never {
  throw new WebAuthnError('ERR_WEBAUTHN_OPTIONS', message)
}
