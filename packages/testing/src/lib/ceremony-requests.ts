/** What a browser passes on of the options of a creation. */
export interface CreationRequest {
  readonly challenge: string
  readonly origin: string
  readonly rpId: string
  readonly userHandle: string
  readonly excluded: readonly string[]
  readonly attestation: 'none' | 'direct'
}

/** What a browser passes on of the options of a request. */
export interface GetRequest {
  readonly challenge: string
  readonly origin: string
  readonly rpId: string
  readonly allowed: readonly string[]
}

/** Reads creation options in their JSON form (WebAuthn L3 §5.1.8); throws as a browser does when they do not fit the origin. */
export function readCreation(options: unknown, origin: string): CreationRequest {
  const asked = record(options)
  const algorithms = list(asked['pubKeyCredParams']).map((one) => record(one)['alg'])
  if (!algorithms.includes(-7)) throw new DOMException('It knows ES256 only.', 'NotSupportedError')
  return {
    challenge: String(asked['challenge']),
    origin,
    rpId: checkRpId(record(asked['rp'])['id'], origin),
    userHandle: String(record(asked['user'])['id']),
    excluded: list(asked['excludeCredentials'] ?? []).map(idOf),
    attestation: asked['attestation'] === 'direct' ? 'direct' : 'none',
  }
}

/** Reads request options in their JSON form (WebAuthn L3 §5.1.9); throws as a browser does when they do not fit the origin. */
export function readRequest(options: unknown, origin: string): GetRequest {
  const asked = record(options)
  return {
    challenge: String(asked['challenge']),
    origin,
    rpId: checkRpId(asked['rpId'], origin),
    allowed: list(asked['allowCredentials'] ?? []).map(idOf),
  }
}

function checkRpId(rpId: unknown, origin: string): string {
  const { hostname } = new URL(origin)
  if (typeof rpId === 'string' && (hostname === rpId || hostname.endsWith(`.${rpId}`))) return rpId
  throw new DOMException('The RP ID does not belong to this origin.', 'SecurityError')
}

function idOf(descriptor: unknown): string {
  return String(record(descriptor)['id'])
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) throw new TypeError('The options of a ceremony are an object')
  return { ...value }
}

function list(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw new TypeError('The credentials and algorithms of a ceremony are lists')
  return value
}
