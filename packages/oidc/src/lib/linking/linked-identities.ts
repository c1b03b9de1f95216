import { event } from '@sallyport/audit'
import { OidcError, refuseStore } from '../errors.ts'
import { linkKey } from './links.ts'
import { member } from '../member.ts'
import { openSealed } from '../sealed.ts'
import type { Audit, EventInput, PendingEvent } from '@sallyport/audit'
import type { Keyring } from '@sallyport/keyring'
import type { Found, Json, Store, Write } from '@sallyport/store'
import type { Clock } from '../system.ts'

/** An identity of a provider that signs in as a user beside the user's own. */
export interface LinkedIdentity {
  /** From issuer and subject. */
  readonly identity: string
  readonly issuer: string
  /** How the provider called the person when it was linked; for pages only. Left out when no key opens it any more. */
  readonly account?: string | undefined
  /** Milliseconds since the epoch. */
  readonly linkedAt: number
}

/** What is linked or taken off, and what the ledger says of it. */
export interface LinkChange {
  readonly user: string
  readonly identity: string
  /** Everything of the event but its payload. */
  readonly about: Omit<EventInput<'account.linked'>, 'data'>
  /**
   * Reads the session that asks for it once more, at every try: what it gives is committed with the change. Rejects with
   * `ERR_OIDC_SESSION_CHANGED` when it is not that session any more.
   */
  readonly hold: () => Promise<readonly Write[]>
  /** Further events of the same commit. */
  readonly events?: readonly PendingEvent[] | undefined
}

/** An identity on its way to a user. */
interface NewLink extends LinkChange {
  readonly issuer: string
  /** How the provider calls the person. */
  readonly account: string
}

/** The links of users to identities; each change is one commit with its event. */
export interface LinkedIdentities {
  list(user: string): Promise<readonly LinkedIdentity[]>
  /**
   * Links an identity. Of all who try, one succeeds. Rejects with `ERR_OIDC_LINK_TAKEN`, `ERR_OIDC_LINK_OWN`,
   * `ERR_OIDC_LINK_LIMIT`, or `ERR_OIDC_SESSION_CHANGED` for a user whose own identity signs in as somebody else by now.
   */
  link(change: NewLink): Promise<void>
  /** Takes a link off; resolves to whether there was one of this user. */
  unlink(change: LinkChange): Promise<boolean>
}

/** What links are made from. */
export interface LinkParts {
  readonly store: Store
  readonly audit: Pick<Audit, 'commit'>
  readonly keyring: Keyring
  readonly clock: Clock
}

/** How many identities a user may have linked. */
const MAX_LINKS = 20

const ROUNDS = 10
const CONTEXT = 'oidc.link-account'

/** A link as its user's record has it. */
interface Kept extends Pick<LinkedIdentity, 'identity' | 'issuer' | 'linkedAt'> {
  /** The account, sealed. */
  readonly account: string
}

/** All that a link depends on, as it was found. */
interface Read {
  readonly kept: readonly Kept[]
  readonly version: string | null
  readonly link: Found | undefined
  /** What the identity's own user has linked. */
  readonly itsOwn: readonly Kept[]
  readonly itsOwnVersion: string | null
  /** Whom the user's own identity was linked to. */
  readonly leadsTo: Found | undefined
}

/** Prepares the keeping of links. */
export function createLinkedIdentities(parts: LinkParts): LinkedIdentities {
  return {
    async list(user) {
      const [found] = await parts.store.get([userKey(user)]).catch(refuseStore)
      return await Promise.all(
        readKept(found).map(async (one) => ({ ...one, account: await accountOf(parts.keyring, one) })),
      )
    },
    link: (change) => link(parts, change),
    unlink: (change) => unlink(parts, change),
  }
}

async function link(parts: LinkParts, change: NewLink): Promise<void> {
  const { user, identity, issuer, about, hold, events = [] } = change
  if (identity === user) throw new OidcError('ERR_OIDC_LINK_OWN')
  const account = await sealAccount(parts.keyring, change.account)
  const linked = event('account.linked', { ...about, data: { issuer } })
  for (let round = 0; round < ROUNDS; round += 1) {
    const held = await hold()
    const read = await readAll(parts.store, { user, identity })
    refuse(read, user)
    const linkedAt = parts.clock.now()
    const kept = [...(await resealed(parts.keyring, read.kept)), { identity, issuer, account, linkedAt }]
    const writes: readonly Write[] = [
      ...held,
      { op: 'put', key: linkKey(identity), value: { user }, expect: null },
      { op: 'put', key: userKey(user), value: writeKept(kept), expect: read.version },
      // Of two that exclude each other, one comes too late.
      { op: 'check', key: userKey(identity), expect: read.itsOwnVersion },
      { op: 'check', key: linkKey(user), expect: null },
    ]
    const committed = await parts.audit.commit({ writes, events: [...events, linked] }).catch(refuseStore)
    if (committed.ok) return
  }
  throw changedMeanwhile()
}

/** Whose it is already, and whether there is room. */
function refuse({ kept, link: found, itsOwn, leadsTo }: Read, user: string): void {
  // This session began before: who signs in by the same identity now is somebody else, and would not find it.
  if (leadsTo !== undefined) throw new OidcError('ERR_OIDC_SESSION_CHANGED')
  if (found !== undefined) {
    throw new OidcError(member(found.value, 'user') === user ? 'ERR_OIDC_LINK_OWN' : 'ERR_OIDC_LINK_TAKEN')
  }
  // It is plainly an account by itself: what others link to it would be out of reach.
  if (itsOwn.length > 0) throw new OidcError('ERR_OIDC_LINK_TAKEN')
  if (kept.length >= MAX_LINKS) throw new OidcError('ERR_OIDC_LINK_LIMIT')
}

async function unlink(parts: LinkParts, change: LinkChange): Promise<boolean> {
  const { user, identity, about, hold, events = [] } = change
  for (let round = 0; round < ROUNDS; round += 1) {
    const held = await hold()
    const { kept, version, link: found } = await readAll(parts.store, { user, identity })
    const mine = kept.find((one) => one.identity === identity)
    if (mine === undefined || version === null || found === undefined) return false
    const others = kept.filter((one) => one !== mine)
    // Taking trust away needs no key: while the key ring cannot be asked, the rest stays sealed as it is.
    const rest = await resealed(parts.keyring, others).catch(() => others)
    const writes: readonly Write[] = [
      ...held,
      { op: 'remove', key: linkKey(identity), expect: found.version },
      { op: 'put', key: userKey(user), value: writeKept(rest), expect: version },
    ]
    const unlinked = event('account.unlinked', { ...about, data: { issuer: mine.issuer } })
    const committed = await parts.audit.commit({ writes, events: [...events, unlinked] }).catch(refuseStore)
    if (committed.ok) return true
  }
  throw changedMeanwhile()
}

async function readAll(store: Store, of: { readonly user: string; readonly identity: string }): Promise<Read> {
  const keys = [userKey(of.user), linkKey(of.identity), userKey(of.identity), linkKey(of.user)]
  const [mine, taken, itsOwn, leadsTo] = await store.get(keys).catch(refuseStore)
  const [version, itsOwnVersion] = [mine?.version ?? null, itsOwn?.version ?? null]
  return { kept: readKept(mine), version, link: taken, itsOwn: readKept(itsOwn), itsOwnVersion, leadsTo }
}

/** All links of a user in one record: their number is exact whatever comes in parallel. */
function userKey(user: string): readonly string[] {
  return ['oidc-links', user]
}

function writeKept(kept: readonly Kept[]): Json {
  return { links: kept.map(({ identity, issuer, account, linkedAt }) => ({ identity, issuer, account, linkedAt })) }
}

function readKept(found: Found | undefined): readonly Kept[] {
  const links = found === undefined ? [] : member(found.value, 'links')
  if (!Array.isArray(links) || !links.every(isKept)) throw new OidcError('ERR_OIDC_RECORD')
  return links
}

function isKept(value: unknown): value is Kept {
  const texts = ['identity', 'issuer', 'account'].every((name) => typeof member(value, name) === 'string')
  return texts && typeof member(value, 'linkedAt') === 'number'
}

/** Sealed under the newest key, so that a key which is taken off after a while takes as few names with it as can be. */
function resealed(keyring: Keyring, kept: readonly Kept[]): Promise<readonly Kept[]> {
  return Promise.all(
    kept.map(async (one) => {
      const account = await accountOf(keyring, one)
      return account === undefined ? one : { ...one, account: await sealAccount(keyring, account) }
    }),
  )
}

function sealAccount(keyring: Keyring, account: string): Promise<string> {
  return keyring.seal(CONTEXT, new TextEncoder().encode(account)).catch(refuseStore)
}

async function accountOf(keyring: Keyring, { account }: Kept): Promise<string | undefined> {
  const bytes = await openSealed(keyring, CONTEXT, account)
  return bytes && new TextDecoder().decode(bytes)
}

function changedMeanwhile(): OidcError {
  return new OidcError('ERR_OIDC_STORE_UNAVAILABLE')
}
