/** A user's profile in the form of passport-openidconnect. Every value is the provider's word. */
export interface Profile {
  /** The subject. */
  id?: string
  displayName?: string
  username?: string
  name?: { familyName?: string; givenName?: string; middleName?: string }
  emails?: { value: string }[]
  /** UserInfo's answer as text and as it was parsed; on the UserInfo profile only. */
  _raw?: string
  _json?: Readonly<Record<string, unknown>>
}

/** How the person signed in at the provider, in the form of passport-openidconnect. */
export interface AuthContext {
  /** `auth_time`. */
  timestamp?: Date
  /** `acr`. */
  class?: string
  /** `amr`. */
  methods?: string[]
}

type Claims = Readonly<Record<string, unknown>>

/** Reads a profile from an ID token's or UserInfo's claims; values that are no text are left out. */
export function parseProfile(claims: Claims): Profile {
  const profile: Profile = {}
  const [id, displayName, username, email] = ['sub', 'name', 'preferred_username', 'email'].map((n) =>
    textOf(claims, n),
  )
  if (id !== undefined) profile.id = id
  if (displayName !== undefined) profile.displayName = displayName
  if (username !== undefined) profile.username = username
  const name = parseName(claims)
  if (name) profile.name = name
  if (email !== undefined) profile.emails = [{ value: email }]
  return profile
}

/** Reads how and when from an ID token's claims. */
export function parseContext(claims: Claims): AuthContext {
  const context: AuthContext = {}
  const { auth_time: authTime, amr } = claims
  if (typeof authTime === 'number' && authTime > 0) context.timestamp = new Date(authTime * 1000)
  const acr = textOf(claims, 'acr')
  if (acr !== undefined) context.class = acr
  if (Array.isArray(amr)) context.methods = amr.filter((one) => typeof one === 'string')
  return context
}

function parseName(claims: Claims): Profile['name'] {
  const [familyName, givenName, middleName] = ['family_name', 'given_name', 'middle_name'].map((n) => textOf(claims, n))
  if (familyName === undefined && givenName === undefined && middleName === undefined) return undefined
  return {
    ...(familyName === undefined ? {} : { familyName }),
    ...(givenName === undefined ? {} : { givenName }),
    ...(middleName === undefined ? {} : { middleName }),
  }
}

function textOf(claims: Claims, name: string): string | undefined {
  const value = claims[name]
  return typeof value === 'string' && value !== '' ? value : undefined
}
