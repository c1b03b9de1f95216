/** The levels that the fake provider can reach: a password alone, and a password with a second factor. */
export const ACR_VALUES = ['urn:example:acr:password', 'urn:example:acr:mfa'] as const

/** What an authorization request wants to know about the sign-in. */
export interface WantedLevels {
  /** Values of `acr`, in the order of preference; empty when none is wanted. */
  readonly acr: readonly string[]
  /** Whether anything but these is a failure (OpenID Connect Core §5.5.1.1). */
  readonly essential: boolean
  /** Values of `acrs`, as Entra ID calls the authentication contexts of an application. */
  readonly acrs: readonly string[]
}

/** How somebody signed in. */
export interface ReachedLevel {
  readonly acr: string
  readonly amr: readonly string[]
}

const [PASSWORD, MFA] = ACR_VALUES

/** Reads `acr_values` and `claims` of an authorization request, which the library has parsed before. */
export function readWantedLevels(params: Readonly<Record<string, unknown>>): WantedLevels {
  const listed = typeof params['acr_values'] === 'string' ? params['acr_values'].split(' ') : []
  const claims = typeof params['claims'] === 'string' ? member(JSON.parse(params['claims']), 'id_token') : undefined
  const acr = member(claims, 'acr')
  return {
    acr: [...listed, ...readValues(acr)],
    essential: member(acr, 'essential') === true && readValues(acr).length > 0,
    acrs: readValues(member(claims, 'acrs')),
  }
}

/** The values that one claim of the `claims` parameter is wanted with. */
function readValues(claim: unknown): readonly string[] {
  const values = member(claim, 'values')
  return [member(claim, 'value'), ...(Array.isArray(values) ? values : [])].filter((one) => typeof one === 'string')
}

/** The level at which somebody is signed in: the wanted one where it is known, as a second factor is taken as given. */
export function reachLevel(wanted: WantedLevels, knownAcrs: readonly string[]): ReachedLevel {
  const isContext = wanted.acrs.some((one) => knownAcrs.includes(one))
  const acr = isContext ? MFA : (ACR_VALUES.find((known) => wanted.acr.includes(known)) ?? PASSWORD)
  return { acr, amr: acr === MFA ? ['pwd', 'otp', 'mfa'] : ['pwd'] }
}

/** Whether a sign-in at this level is less than what is wanted. */
export function isBelow(acr: string | undefined, wanted: WantedLevels, knownAcrs: readonly string[]): boolean {
  if (wanted.acrs.some((one) => knownAcrs.includes(one)) && acr !== MFA) return true
  return wanted.acr.length > 0 && !wanted.acr.includes(acr ?? '')
}

/** The value of `acrs` for a sign-in at this level; `undefined` below the second factor, when there is nothing to say. */
export function acrsOf(
  acr: string | undefined,
  claim: unknown,
  knownAcrs: readonly string[],
): readonly string[] | undefined {
  if (acr !== MFA) return undefined
  const wanted = readValues(claim)
  return wanted.length === 0 ? knownAcrs : knownAcrs.filter((one) => wanted.includes(one))
}

function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
}
