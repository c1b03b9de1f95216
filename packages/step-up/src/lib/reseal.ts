import { KeyringError } from '@sallyport/keyring'
import type { Found, Json } from '@sallyport/store'

import {
  openLabel,
  openState,
  putAuthenticator,
  sealLabel,
  sealState,
  type EnrolledAuthenticator,
} from './authenticators.ts'
import type { Core } from './options.ts'
import { readRecord } from './records.ts'

const PAGE = 100

/**
 * Seals the states and names of all authenticators again that are not sealed under the newest key, so that older seal keys can
 * be taken off the key ring afterwards. A key service names its keys inside of what it sealed, so there is nothing to find
 * there: it seals again by itself.
 *
 * Safe to run at any time and on several instances: each record is written only as it was read, and one that changes meanwhile
 * is left to whoever changed it, who sealed it under the newest key. A record that no key opens any more is left as it is.
 *
 * @returns How many authenticators were sealed again.
 */
export async function resealAuthenticators(core: Core): Promise<number> {
  const newest = keyOf(await core.keyring.seal('step-up.reseal', Buffer.from('probe')))
  let count = 0
  let page = await core.store.list(['authenticator'], { limit: PAGE })
  while (page.length > 0) {
    // One after the other: this may run beside everything that people do.
    for (const found of page) if (await resealOne(core, found, newest)) count += 1

    const after = page.at(-1)?.key
    page = after === undefined ? [] : await core.store.list(['authenticator'], { after, limit: PAGE })
  }
  return count
}

async function resealOne(core: Core, found: Found, newest: string): Promise<boolean> {
  const [, user = '', id = ''] = found.key
  const kept = readRecord('authenticator', found)
  if (kept === undefined) return false

  const { value, version } = kept
  if ([value.state, value.label].every((sealed) => sealed === '' || keyOf(sealed) === newest)) return false

  const opened = await open(core, user, { ...kept, id })
  if (opened === undefined) return false

  const state = await sealState(core, user, { id, state: opened.state })
  const label = await sealLabel(core, user, { id, label: opened.label })
  const write = putAuthenticator(user, id, { record: { ...value, state, label }, expect: version })
  return (await core.audit.commit({ writes: [write], events: [] })).ok
}

async function open(
  core: Core,
  user: string,
  authenticator: EnrolledAuthenticator,
): Promise<{ readonly state: Json; readonly label: string } | undefined> {
  try {
    const { state } = await openState(core, user, authenticator)
    return { state, label: await openLabel(core, user, authenticator) }
  } catch (error) {
    if (error instanceof KeyringError && error.code === 'ERR_KEYRING_UNSEAL') return undefined
    throw error
  }
}

/** The part of a sealed text that names its key. */
function keyOf(sealed: string): string {
  return sealed.split('.', 1)[0] ?? ''
}
