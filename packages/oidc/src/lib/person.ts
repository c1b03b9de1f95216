import { userId } from './login-proof.ts'
import { parseProfile } from './profile.ts'
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
   * The claims of the ID token, all of it checked, and beside them those of UserInfo, whose subject is the same. Groups
   * and roles are the provider's word too, as of this sign-in.
   */
  readonly claims: Readonly<Record<string, unknown>>
}

/** A user for the application, or `false` when this person may not use it. */
export type VerifyAnswer = Express.User | false

/** Turns a proved person into `req.user`, or refuses them with `false`. */
export type VerifyPerson = (person: Person) => VerifyAnswer | Promise<VerifyAnswer>

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
    // What both say is taken from the token, which is signed.
    claims: { ...userinfo, ...claims },
  }
}

/** The least an application needs: a stable id, and a name to show. */
export function describePerson({ id, profile }: Person): VerifyAnswer {
  return { id, name: profile.displayName ?? profile.username ?? profile.id ?? id }
}
