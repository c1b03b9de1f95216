import { refuseOption } from './option-names.ts'

/** Further parameters of the authorization request, by their names on the wire. */
export type AuthorizationParams = Readonly<Record<string, string>>

const NAME = /^[a-z][a-z0-9_:.-]{0,63}$/i
/** Neither control and format characters nor halves of a character, private ones or breaks of lines. */
const PRINTABLE = /^[^\p{C}\p{Zl}\p{Zp}]+$/u
const MAX_PARAMS = 16
const MAX_VALUE = 512

/** What this package sends itself, from options of its own where there is something to choose. */
const OURS: ReadonlySet<string> = new Set(
  (
    'response_type client_id redirect_uri scope state nonce prompt max_age acr_values claims login_hint display ' +
    'ui_locales request request_uri client_secret code_verifier'
  ).split(' '),
)
const OUR_PREFIXES = ['code_challenge', 'client_assertion']
/** What would lead the answer elsewhere, or change whom it is about, whom it is for and what it is judged by. */
const WEAKENING: readonly string[] = [
  'response_mode',
  'id_token_hint',
  'registration',
  'dpop_jkt',
  'code',
  'grant_type',
  'authorization_details',
]
/** What a signed request says of itself, in whose place nothing may stand (RFC 9101 §4). */
const CLAIMS: readonly string[] = ['iss', 'sub', 'aud', 'exp', 'nbf', 'iat', 'jti']

/**
 * Judges further parameters of the authorization request.
 *
 * @param given As the application wrote them; `undefined` for none.
 * @param configured Those that were configured and judged already; of the same name, the given one counts.
 * @returns A copy of both; `undefined` for none.
 * @throws OidcError `ERR_OIDC_OPTION`. It may quote a name, never a value.
 */
export function resolveAuthorizationParams(
  given: AuthorizationParams | undefined,
  configured?: AuthorizationParams,
): AuthorizationParams | undefined {
  if (given === undefined) return configured
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    return refuseOption('The option authorizationParams is an object with a text for each name.')
  }
  const entries = Object.entries(given)
  if (entries.length > MAX_PARAMS) return refuseNumber()
  for (const [name, value] of entries) checkParam(name, value)
  const all = { ...configured, ...Object.fromEntries(entries) }
  return Object.keys(all).length > MAX_PARAMS ? refuseNumber() : all
}

function checkParam(name: string, value: unknown): void {
  const owner = 'The option authorizationParams'
  if (!NAME.test(name)) {
    refuseOption(`${owner} has a name that is none: 1 to 64 of letters, digits, "_", ":", "." and "-", a letter first.`)
  }
  // A provider may take capitals for the same.
  const lower = name.toLowerCase()
  if (OURS.has(lower) || OUR_PREFIXES.some((prefix) => lower.startsWith(prefix))) {
    refuseOption(`${owner} takes no "${name}": it is sent already, from an option of its own where there is a choice.`)
  }
  if (WEAKENING.includes(lower) || CLAIMS.includes(lower)) {
    refuseOption(`${owner} takes no "${name}": it would change what the answer is judged by; leave it out.`)
  }
  if (typeof value !== 'string' || value.length > MAX_VALUE || !PRINTABLE.test(value)) {
    refuseOption(`${owner} has for "${name}" no printable text of 1 to ${MAX_VALUE} characters.`)
  }
}

function refuseNumber(): never {
  return refuseOption(`The option authorizationParams names at most ${MAX_PARAMS}.`)
}
