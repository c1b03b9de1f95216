import { userId } from './login-proof.ts'
import { refuseOption } from './option-names.ts'
import { parseProfile } from './profile.ts'
import { clean } from './text.ts'
import type { Passed } from './login-flow.ts'
import type { Profile } from './profile.ts'

/** A person whose login passed every check. */
export interface Person {
  /**
   * Whom they sign in as: the user that this identity was linked to, else `identity`. The same that sessions and events
   * know the person by.
   */
  readonly id: string
  readonly issuer: string
  /** The `sub` of the ID token: unique at this issuer, and nowhere else. */
  readonly subject: string
  /** From issuer and subject, whoever it is linked to. */
  readonly identity: string
  /** The name of the provider that they came by, where there are several. */
  readonly provider?: string
  /** Names and addresses are the provider's word; never use them to find a user. */
  readonly profile: Profile
  /**
   * The claims of the ID token, all of it checked, and those of UserInfo, whose subject is the same. What both say is taken
   * from UserInfo, as in `profile`, but for what speaks of the sign-in itself (`iss`, `sub`, `acr`, `auth_time`, …): that is the
   * ID token's word or nobody's. Groups and roles are the provider's word too, as of this sign-in.
   */
  readonly claims: Readonly<Record<string, unknown>>
}

/** A user for the application, or `false` when this person may not use it. */
type VerifyAnswer = Express.User | false

/** Turns a proved person into `req.user`, or refuses them with `false`. */
export type VerifyPerson = (person: Person) => VerifyAnswer | Promise<VerifyAnswer>

const MAX_NAME = 128
/** What an ID token says of itself and of the sign-in; in UserInfo it would mean nothing. */
const OF_THE_TOKEN: ReadonlySet<string> = new Set(
  'iss sub aud azp exp iat nbf jti nonce acr acrs amr auth_time at_hash c_hash s_hash sid'.split(' '),
)

/** Judges the option `verify`. Throws `ERR_OIDC_OPTION`. */
export function checkVerify(verify: unknown): void {
  if (verify !== undefined && typeof verify !== 'function') refuseOption('The option verify is a function of a person.')
}

/** Says who signed in. */
export function personOf({ completed, transaction, proof }: Passed, provider?: string): Person {
  const { claims, userinfo } = completed
  const { issuer } = transaction
  return {
    id: proof.login.user,
    issuer,
    subject: claims.sub,
    identity: userId(issuer, claims.sub),
    ...(provider === undefined ? {} : { provider }),
    profile: { ...parseProfile(claims), ...(userinfo && parseProfile(userinfo)) },
    claims: { ...claims, ...withoutTokens(userinfo ?? {}) },
  }
}

/** The least an application needs: a stable id, and a name to show, of at most 128 characters that can be seen. */
export function describePerson({ id, profile }: Person): VerifyAnswer {
  const names = [profile.displayName, profile.username, profile.id].map((one) => clean(one ?? '', MAX_NAME).trim())
  return { id, name: names.find((one) => one !== '') ?? id }
}

function withoutTokens(userinfo: object): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(userinfo).filter(([name]) => !OF_THE_TOKEN.has(name)))
}
