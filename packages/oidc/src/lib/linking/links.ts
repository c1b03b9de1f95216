import { OidcError, refuseStore } from '../errors.ts'
import { member } from '../member.ts'
import type { Json, Store, Write } from '@sallyport/store'

/** Whom an identity signs in as. */
export interface Owner {
  readonly user: string
  /** To be committed with whatever follows from it: the link is still as it was found. */
  readonly unchanged: Write
}

/**
 * Finds out whom an identity of a provider signs in as: the user that it was linked to, or the user of its own.
 *
 * @param store Where the links are.
 * @param identity From issuer and subject, as `userId` makes it.
 * @throws OidcError `ERR_OIDC_STORE_UNAVAILABLE`; `ERR_OIDC_RECORD` when nobody can say.
 */
export async function ownerOf(store: Pick<Store, 'get'>, identity: string): Promise<Owner> {
  const key = linkKey(identity)
  const [found] = await store.get([key]).catch(refuseStore)
  const unchanged = { op: 'check', key, expect: found?.version ?? null } as const
  return { user: found === undefined ? identity : userOf(found.value), unchanged }
}

/** Gives the key of the record that says whom an identity was linked to: `{ user }`. */
export function linkKey(identity: string): readonly string[] {
  return ['oidc-link', identity]
}

function userOf(value: Json): string {
  const user = member(value, 'user')
  // Whom it belongs to nobody can say then: not the identity's own user, who may be somebody else.
  if (typeof user !== 'string') throw new OidcError('ERR_OIDC_RECORD')
  return user
}
