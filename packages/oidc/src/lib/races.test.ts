import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openSqlite } from '@sallyport/sqlite'
import { createMemoryStore } from '@sallyport/store'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { MFA, openTwoProviders } from '../../test/two-providers-world.ts'
import { codeOf } from '../../test/world.ts'
import { userId } from './login-proof.ts'
import type { LedgerEvent } from '@sallyport/audit/ledger'
import type { EventType } from '@sallyport/audit/vocabulary'
import type { Store } from '@sallyport/store'
import type { BrowserPage } from '@sallyport/testing'
import type { TwoProvidersWorld, Visitor } from '../../test/two-providers-world.ts'

// Fifty tries at the same moment, half of them at a second instance: on sqlite with a connection of its own.

const STORES = { memory: openMemory, sqlite: openFile }

interface Shared {
  readonly store: Store
  readonly second: Store
  close(): Promise<void>
}

async function openMemory(): Promise<Shared> {
  const store = unhurried(createMemoryStore())
  return { store, second: store, close: () => store.close() }
}

/** A store that takes its time, as one beyond a network does: what others do meanwhile comes in between. */
function unhurried(store: Store): Store {
  const commit: Store['commit'] = async (change) => {
    for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve))
    return await store.commit(change)
  }
  return new Proxy(store, { get: (target, name) => (name === 'commit' ? commit : Reflect.get(target, name)) })
}

async function openFile(): Promise<Shared> {
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-oidc-'))
  const path = join(folder, 'test.db')
  const [store, second] = [await openSqlite({ path }), await openSqlite({ path })]
  const close = async (): Promise<void> => {
    await second.close()
    await store.close()
    await rm(folder, { recursive: true, force: true })
  }
  return { store, second, close }
}

describe.each(['memory', 'sqlite'] as const)('fifty at once, on %s', (kind) => {
  let shared: Shared
  let world: TwoProvidersWorld
  beforeAll(async () => {
    shared = await STORES[kind]()
    // Whoever signs in at `work` has a strong proof of this moment, and may link.
    const { store, second } = shared
    world = await openTwoProviders({ store, second, linking: true, work: { acrValues: [MFA] } })
  })
  afterAll(async () => {
    await world.close()
    await shared.close()
  })

  let count = 0
  function newPerson(): string {
    count += 1
    const sub = `person-${count}`
    const account = { sub, password: 'correct horse', name: `Person ${count}`, email: `${sub}@example.test` }
    world.work.setAccount(account)
    world.home.setAccount(account)
    return sub
  }
  const signedIn = async (provider: string, username: string): Promise<Visitor> => {
    const visitor = world.visitor()
    await visitor.signIn(provider, username)
    return visitor
  }
  const whoIs = async (provider: string, username: string): Promise<string | undefined> =>
    (await (await signedIn(provider, username)).who())?.id
  /** Begins a sign-in that is finished but for its callback. */
  const login = async (visitor: Visitor, username: string): Promise<string> =>
    await visitor.reach(await visitor.browser.get('/auth/home/login'), username)
  /** Begins to link an identity of `home`, as far as the callback. */
  const link = async (visitor: Visitor, username: string): Promise<string> => {
    await visitor.browser.get('/auth/links')
    return await visitor.reach(await visitor.browser.post('/auth/home/link', {}), username)
  }
  /** What the ledger has told since, the oldest first. */
  const since = async (length: number, ...types: EventType[]): Promise<readonly LedgerEvent[]> =>
    (await world.events(...types)).slice(length)
  const told = async (...types: EventType[]): Promise<number> => (await world.events(...types)).length

  test('F-09 v5.0.0-15.4.2 of one callback of one browser are one session and one oidc.login.succeeded', async () => {
    const visitor = world.visitor()
    const callback = await login(visitor, newPerson())
    const before = await Promise.all([told('oidc.login.succeeded'), told('session.started')])

    const pages = await race(50, (turn) => visitor.browser.get(callback, at(turn)))

    expect(outcomesOf(pages)).toEqual({ '303': 1, '400 ERR_OIDC_TRANSACTION_USED': 49 })
    expect([await told('oidc.login.succeeded'), await told('session.started')]).toEqual(before.map((one) => one + 1))
  })

  test('F-09 F-18 of one callback of a step-up are one challenge.verified', async () => {
    const person = newPerson()
    const visitor = await signedIn('home', person)
    const challenge = await visitor.open('/secret')
    const [, out = ''] = /href="(\/auth\/home\/step-up\?[^"]*)"/.exec(challenge.text) ?? []
    const callback = await visitor.reach(await visitor.browser.get(out.replaceAll('&amp;', '&')), person)
    const before = await Promise.all([told('challenge.verified'), told('session.rotated')])

    const pages = await race(50, (turn) => visitor.browser.get(callback, at(turn)))

    expect(outcomesOf(pages)).toEqual({ '303': 1, '400 ERR_OIDC_TRANSACTION_USED': 49 })
    expect([await told('challenge.verified'), await told('session.rotated')]).toEqual(before.map((one) => one + 1))
  })

  test('F-29 v5.0.0-15.4.2 of links of one identity by five users leave it to one of them', async () => {
    const wanted = newPerson()
    const users = await Promise.all(Array.from({ length: 5 }, () => signedIn('work', newPerson())))
    const ids = await Promise.all(users.map(async (one) => (await one.who())?.id))
    // Two round trips each, and each of their callbacks opened five times.
    const trips = await Promise.all(users.map(async (one) => [await link(one, wanted), await link(one, wanted)]))
    const before = await told('account.linked')

    const pages = await race(50, (turn) => {
      const visitor = users[turn % 5] ?? fail()
      return visitor.browser.get(trips[turn % 5]?.[turn % 2] ?? fail(), at(turn >> 1))
    })

    const winners = pages.flatMap(({ status }, turn) => (status === 303 ? [ids[turn % 5]] : []))
    expect([winners.length, await told('account.linked')]).toEqual([1, before + 1])
    expect(
      Object.keys(outcomesOf(pages)).filter((one) => !/^(303|400 .*USED|403 .*LINK_(TAKEN|OWN))$/.test(one)),
    ).toEqual([])
    expect(await whoIs('home', wanted)).toBe(winners[0])
    const lists = await Promise.all(users.map(async (one) => (await one.open('/auth/links')).text.includes('/unlink')))
    expect(lists).toEqual(ids.map((id) => id === winners[0]))
  })

  test('F-28 F-29 of logins while their identity is unlinked, and linked again, are each of the user it then was', async () => {
    const person = newPerson()
    const ada = await signedIn('work', person)
    await ada.link('home', person)
    const [identity, linkedTo] = [userId(world.home.issuer, person), userId(world.work.issuer, person)]
    const start = await told('session.started', 'account.linked', 'account.unlinked')
    // Told apart in the ledger by their pseudonyms.
    await whoIs('home', person)
    const [owner] = await since(start, 'session.started', 'account.linked', 'account.unlinked')

    const first = (await openLogins(person)).map((open) => open())
    await Promise.any(first)
    const unlinked = await ada.browser.post(`/auth/links/${identity}/unlink`, {})
    const between = [await Promise.all(first), await whoIs('home', person)] as const
    const logins = await openLogins(person)
    const callback = await link(ada, person)
    const linking = ada.browser.get(callback)
    const second = logins.map((open) => open())
    const ends = [...between[0], ...(await Promise.all(second))]

    const story = (await since(start, 'session.started', 'account.linked', 'account.unlinked')).slice(1)
    const began = story.filter(({ type }) => type === 'session.started')
    expect([unlinked.location, (await linking).location]).toEqual([
      `${world.url}/auth/links`,
      `${world.url}/auth/links`,
    ])
    expect([between[1], await whoIs('home', person)]).toEqual([identity, linkedTo])
    expect(story.filter(({ type }) => type !== 'session.started').map(({ type }) => type)).toEqual([
      'account.unlinked',
      'account.linked',
    ])
    expect(began).toHaveLength(ends.filter(({ status }) => status === 303).length + 1)
    expect(wrongOnes(story, owner?.actor?.id)).toEqual([])
  })

  /** Twenty-five open logins of a person, in five browsers. */
  async function openLogins(person: string): Promise<readonly (() => Promise<BrowserPage>)[]> {
    const opened = await Promise.all(
      Array.from({ length: 5 }, async (_, browser) => {
        const visitor = world.visitor()
        const callbacks: string[] = []
        while (callbacks.length < 5) callbacks.push(await login(visitor, person))
        return callbacks.map((callback, turn) => () => visitor.browser.get(callback, at(browser + turn)))
      }),
    )
    return opened.flat()
  }
})

/** The sessions that are not of the user whom the identity was linked to in that moment, nor its own when to nobody. */
function wrongOnes(story: readonly LedgerEvent[], owner: string | undefined): readonly LedgerEvent[] {
  let isLinked = true
  return story.filter(({ type, actor }) => {
    if (type !== 'session.started') isLinked = type === 'account.linked'
    return type === 'session.started' && (actor?.id === owner) !== isLinked
  })
}

async function race<T>(times: number, attempt: (turn: number) => Promise<T>): Promise<readonly T[]> {
  return await Promise.all(Array.from({ length: times }, (_, turn) => attempt(turn)))
}

function at(turn: number): Readonly<Record<string, string>> {
  return { 'x-instance': String(turn % 2) }
}

/** How often each answer came. */
function outcomesOf(pages: readonly BrowserPage[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (const page of pages) {
    const outcome = [page.status, ...(page.status === 303 ? [] : [codeOf(page)])].join(' ')
    counts[outcome] = (counts[outcome] ?? 0) + 1
  }
  return counts
}

function fail(): never {
  throw new Error('There is none')
}
