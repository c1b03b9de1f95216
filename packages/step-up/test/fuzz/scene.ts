import type { Router } from 'express'

import { recoveryCodes } from '../../src/lib/recovery-codes.ts'
import { formOf, PAGE } from '../page-form.ts'
import type { Person } from '../person.ts'
import { signInFactor } from '../sign-in-factor.ts'
import { openWorld, type World, type WorldOptions } from '../world.ts'
import { totp } from '@sallyport/totp'

/** What a client could know: addresses, ids and cookies, some of them of things that exist. */
export interface Known {
  /** `Cookie` headers: of somebody with an authenticator, of somebody new, of a session that went on, of nobody. */
  readonly cookies: readonly string[]
  readonly ids: readonly string[]
  readonly factors: readonly string[]
  readonly tokens: readonly string[]
  /** The page of a step-up that is over, which leads on. */
  readonly satisfied: string
  /** The page of one that is open. */
  readonly open: string
  /** The cookie of whoever it belongs to. */
  readonly cookie: string
}

/** Opens a bank with all that the second door has. */
export async function openFuzzWorld(options: Pick<WorldOptions, 'routes'> = {}): Promise<World> {
  const load = async (user: string): Promise<{ account: string; identity: Readonly<Record<string, string>> }> => ({
    account: user,
    identity: {},
  })
  const factors = [totp(), signInFactor(), recoveryCodes()]
  return await openWorld({ ...options, stepUp: { factors, signIn: { load } } })
}

/** People whose sessions prove nothing, with something under way everywhere. */
export async function peopleOf(world: World, user: string): Promise<Known> {
  const ann = world.person()
  await ann.signIn(user)
  await ann.enrol('totp')
  world.clock.advance(30_000)
  const before = ann.copy()
  const order = { to: user, amount: 1 }
  const refusal = await ann.post('/transfer', { json: order })
  await ann.prove(refusal, 'totp')
  world.clock.advance(30_000)
  const open = await ann.post('/plain')
  const page = await ann.get(String(open.body['challengeUrl']), PAGE)
  const kept = await ann.post('/transfer', { form: { to: 'Eve', amount: '3' }, ...PAGE })
  const list = await ann.get('/step-up/authenticators')
  const newcomer = await beginner(world, `${user}-new`)
  const signIn = await newcomer.person.get('/step-up/sign-in')
  const token = formOf(page, '/verify').fields['_csrf'] ?? ''
  return {
    cookies: [ann.cookieHeader, newcomer.person.cookieHeader, before.cookieHeader, ''],
    ids: idsOf(refusal.text, open.text, kept.headers.get('location') ?? '', list.text, newcomer.url, signIn.text),
    factors: ['totp', 'webauthn', 'recovery_code', 'oidc'],
    tokens: [token, newcomer.token],
    satisfied: String(refusal.body['challengeUrl']),
    open: String(open.body['challengeUrl']),
    cookie: ann.cookieHeader,
  }
}

async function beginner(
  world: World,
  user: string,
): Promise<{ readonly person: Person; readonly url: string; readonly token: string }> {
  const person = world.person()
  await person.signIn(user)
  const { body } = await person.startEnrolment('totp')
  const list = await person.get('/step-up/authenticators', PAGE)
  return { person, url: String(body['finishUrl']), token: formOf(list, '/start').fields['_csrf'] ?? '' }
}

function idsOf(...texts: readonly string[]): readonly string[] {
  return [...new Set(texts.flatMap((text) => text.match(/(?<![0-9A-Z])[0-9A-Z]{26}(?![0-9A-Z])/g) ?? []))]
}

/** One route as it is mounted. */
export interface FoundRoute {
  readonly method: string
  readonly path: string
}

/** Finds every route of a router and of the routers in it, so that none is forgotten here. */
export function routesOf(router: Router): readonly FoundRoute[] {
  return router.stack.flatMap((layer) => {
    if (layer.route !== undefined) {
      const { path, stack } = layer.route
      return stack.map(({ method }) => ({ method: method.toUpperCase(), path: String(path) })).filter(isFirst)
    }
    const inner: unknown = layer.handle
    return isRouter(inner) ? routesOf(inner) : []
  })
}

function isFirst(route: FoundRoute, place: number, all: readonly FoundRoute[]): boolean {
  return all.findIndex(({ method }) => method === route.method) === place
}

function isRouter(value: unknown): value is Router {
  return typeof value === 'function' && 'stack' in value && Array.isArray(value.stack)
}
