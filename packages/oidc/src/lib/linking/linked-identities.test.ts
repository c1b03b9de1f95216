import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createKeyring } from '@sallyport/keyring'
import { openSqlite } from '@sallyport/sqlite'
import { createMemoryStore } from '@sallyport/store'
import { describe, expect, test } from 'vitest'
import { createFakeAudit, createTestKeyring } from '../../../test/world.ts'
import { createLinkedIdentities } from './linked-identities.ts'
import { ownerOf } from './links.ts'
import type { Keyring, KeyMaterial } from '@sallyport/keyring'
import type { Store } from '@sallyport/store'
import type { FakeAudit } from '../../../test/world.ts'
import type { LinkedIdentities } from './linked-identities.ts'

/** Of a session that lives on. */
const hold = async (): Promise<readonly []> => []

interface Bench {
  readonly store: Store
  readonly audit: FakeAudit
  readonly linked: LinkedIdentities
  readonly link: (user: string, identity: string) => Promise<unknown>
}

function open(store: Store = createMemoryStore(), keyring: Keyring = createTestKeyring()): Bench {
  const audit = createFakeAudit(store)
  const linked = createLinkedIdentities({ store, audit, keyring, clock: store })
  const link = (user: string, identity: string): Promise<unknown> =>
    linked
      .link({
        user,
        identity,
        issuer: 'https://id.example',
        account: 'ada@example.test',
        about: { actor: { user } },
        hold,
      })
      .then(
        () => 'linked',
        (error: unknown) => Reflect.get(Object(error), 'code'),
      )
  return { store, audit, linked, link }
}

describe('createLinkedIdentities', () => {
  test('v5.0.0-15.4.2 of fifty users who link one identity at once, one gets it, with one event', async () => {
    expect(await raceOn(createMemoryStore())).toEqual(ONE_WINS)
  })

  test('v5.0.0-15.4.2 of fifty users who link one identity at once, one gets it, with one event, on SQLite too', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'sallyport-links-'))
    const store = await openSqlite({ path: join(folder, 'store.db') })
    try {
      expect(await raceOn(store)).toEqual(ONE_WINS)
    } finally {
      await store.close()
      await rm(folder, { recursive: true })
    }
  })

  test('of thirty identities that one user links at once, twenty at most are linked', async () => {
    const { linked, link } = open()

    for (let round = 0; round < 5; round += 1) {
      await Promise.all(Array.from({ length: 6 }, (_, one) => link('ada', `identity-${round}-${one}`)))
    }
    expect((await linked.list('ada')).length).toBe(20)
    expect(await link('ada', 'one-more')).toBe('ERR_OIDC_LINK_LIMIT')
  })

  test('refuses an identity to which others are linked: it is an account by itself', async () => {
    const { link } = open()
    await link('ada', 'identity')

    expect(await link('ben', 'ada')).toBe('ERR_OIDC_LINK_TAKEN')
  })

  test('of two links that exclude each other, one succeeds at most, whoever comes first', async () => {
    for (let round = 0; round < 20; round += 1) {
      const { store, link } = open()
      const ends = await Promise.all([link('x', 'a'), link('a', 'x')])

      const owners = [(await ownerOf(store, 'a')).user, (await ownerOf(store, 'x')).user]
      expect(ends.filter((end) => end === 'linked')).toHaveLength(1)
      expect(owners).toEqual(ends[0] === 'linked' ? ['x', 'x'] : ['a', 'a'])
    }
  })

  test('refuses a user whose own identity signs in as somebody else by now', async () => {
    const { store, link } = open()
    await link('ben', 'ada')

    expect(await link('ada', 'another')).toBe('ERR_OIDC_SESSION_CHANGED')
    expect((await ownerOf(store, 'another')).user).toBe('another')
  })

  test('lists a link without its account when no key opens it any more, and takes it off all the same', async () => {
    const store = createMemoryStore()
    await open(store).link('ada', 'identity')
    const { linked } = open(store)

    const listed = await linked.list('ada')

    expect(listed).toEqual([expect.objectContaining({ identity: 'identity', account: undefined })])
    expect(await linked.unlink({ user: 'ada', identity: 'identity', about: { actor: { user: 'ada' } }, hold })).toBe(
      true,
    )
  })

  test('says that it cannot tell while the key ring cannot be asked', async () => {
    const store = createMemoryStore()
    await open(store).link('ada', 'identity')
    const down = (): Promise<never> => Promise.reject(new Error('The key service is down'))
    const { linked } = open(store, { ...createTestKeyring(), unseal: down })

    await expect(linked.list('ada')).rejects.toThrow(expect.objectContaining({ code: 'ERR_OIDC_STORE_UNAVAILABLE' }))
  })

  test.each(['seal', 'unseal'] as const)(
    'F-27 takes a link off while the key ring cannot be asked to %s, and leaves the others as they are',
    async (method) => {
      const [store, keyring] = [createMemoryStore(), createTestKeyring()]
      const before = open(store, keyring)
      await before.link('ada', 'one')
      await before.link('ada', 'two')
      const down = (): Promise<never> => Promise.reject(new Error('The key service is down'))
      const { linked, audit } = open(store, { ...keyring, [method]: down })

      expect(await linked.unlink({ user: 'ada', identity: 'two', about: { actor: { user: 'ada' } }, hold })).toBe(true)
      expect([(await ownerOf(store, 'two')).user, audit.ofType('account.unlinked').length]).toEqual(['two', 1])
      expect(await before.linked.list('ada')).toMatchObject([{ identity: 'one', account: 'ada@example.test' }])
    },
  )

  test('seals every account under the newest key with the next change', async () => {
    const store = createMemoryStore()
    const [old, next] = [sealKey('seal0000'), sealKey('seal0001')]
    await open(store, createKeyring({ keys: [old, ...OTHER_KEYS] })).link('ada', 'one')
    await open(store, createKeyring({ keys: [old, next, ...OTHER_KEYS] })).link('ada', 'two')

    const { linked } = open(store, createKeyring({ keys: [next, ...OTHER_KEYS] }))

    expect((await linked.list('ada')).map(({ account }) => account)).toEqual(['ada@example.test', 'ada@example.test'])
  })

  test('refuses the user’s own, and one that is linked already', async () => {
    const { link } = open()
    await link('ada', 'identity')

    expect([await link('ada', 'ada'), await link('ada', 'identity')]).toEqual([
      'ERR_OIDC_LINK_OWN',
      'ERR_OIDC_LINK_OWN',
    ])
  })

  test('changes nothing when the ledger does not take the event', async () => {
    const { store, audit, linked, link } = open()
    audit.breakDown()

    await link('ada', 'identity')

    expect([(await ownerOf(store, 'identity')).user, await linked.list('ada')]).toEqual(['identity', []])
  })

  test('takes a link off once, and only for its user', async () => {
    const { audit, linked, link } = open()
    await link('ada', 'identity')
    const about = { actor: { user: 'ada' } }

    const others = await linked.unlink({ user: 'ben', identity: 'identity', about, hold })
    const tries = await Promise.all(
      Array.from({ length: 50 }, () => linked.unlink({ user: 'ada', identity: 'identity', about, hold })),
    )

    expect([others, tries.filter((one) => one).length]).toEqual([false, 1])
    expect(audit.ofType('account.unlinked')).toHaveLength(1)
    expect(await link('ben', 'identity')).toBe('linked')
  })

  test('F-34 keeps no name of a person in clear', async () => {
    const { store, linked, link } = open()
    await link('ada', 'identity')

    const records = [
      ...(await store.list(['oidc-links'], { limit: 9 })),
      ...(await store.list(['oidc-link'], { limit: 9 })),
    ]

    expect(JSON.stringify(records)).not.toContain('example.test')
    expect(await linked.list('ada')).toMatchObject([{ identity: 'identity', account: 'ada@example.test' }])
  })
})

function sealKey(id: string): KeyMaterial {
  return { id, purpose: 'seal', secret: randomBytes(32) }
}

const OTHER_KEYS: readonly KeyMaterial[] = [
  { id: 'name0000', purpose: 'pseudonym', secret: randomBytes(32) },
  { id: 'sign0000', purpose: 'sign', secret: randomBytes(32) },
]

const ONE_WINS = { linked: 1, taken: 49, owners: 1, listed: ['identity'], events: 1 }

/** Fifty users and one identity; the user who got it is counted as its owner, and as the one of the event, when they are. */
async function raceOn(store: Store): Promise<object> {
  const { audit, linked, link } = open(store)
  const tries = await Promise.all(Array.from({ length: 50 }, (_, one) => link(`user-${one}`, 'identity')))
  const winner = `user-${tries.indexOf('linked')}`
  const { user } = await ownerOf(store, 'identity')
  return {
    linked: tries.filter((one) => one === 'linked').length,
    taken: tries.filter((one) => one === 'ERR_OIDC_LINK_TAKEN').length,
    owners: [user].filter((one) => one === winner).length,
    listed: (await linked.list(winner)).map(({ identity }) => identity),
    events: audit.ofType('account.linked').filter(({ input }) => input.actor?.user === winner).length,
  }
}
