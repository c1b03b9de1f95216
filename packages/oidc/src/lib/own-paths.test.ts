import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openTwoProviders, optionsFor } from '../../test/two-providers-world.ts'
import { ANY_NAME, isAmong, ownPathsOf } from './own-paths.ts'
import type { TwoProvidersWorld } from '../../test/two-providers-world.ts'

const ROUTES = ['login', 'callback', 'step-up', 'logout', 'link', 'initiate']

describe('isAmong', () => {
  const own = ownPathsOf('/auth', ['home'])

  test('knows the routes of all and those of each name, and no other addresses', () => {
    expect(ROUTES.filter((route) => !isAmong(own, `/auth/${route}`))).toEqual([])
    expect(ROUTES.filter((route) => !isAmong(own, `/auth/home/${route}`))).toEqual([])
    expect(
      ['/auth/links', '/auth/home', '/auth/away/login', '/home/login'].filter((path) => isAmong(own, path)),
    ).toEqual([])
  })

  test('takes a path as Express does, however it is written', () => {
    expect(
      ['/auth/home/login/', '/AUTH/home/LOGIN', '/auth/h%6Fme/login'].filter((path) => !isAmong(own, path)),
    ).toEqual([])
    expect(isAmong(own, '/auth/%zz/login')).toBe(false)
  })

  test('F-30 knows a mount whose own path is written with percent-encoding, in both spellings', () => {
    const below = ownPathsOf('/caf%C3%A9', ['home'])

    expect(
      ['/caf%C3%A9/login', '/caf%c3%a9/home/login', '/café/home/callback'].filter((path) => !isAmong(below, path)),
    ).toEqual([])
    expect(isAmong(below, '/cafe/login')).toBe(false)
  })

  test('takes every name where any may be a tenant’s', () => {
    expect(isAmong(ownPathsOf('/auth', [ANY_NAME]), '/auth/acme/login')).toBe(true)
    expect(isAmong(ownPathsOf('/auth', [ANY_NAME]), '/auth/acme/more/login')).toBe(false)
  })
})

describe('where to go after a sign-in', () => {
  let world: TwoProvidersWorld
  beforeAll(async () => {
    world = await openTwoProviders({
      linking: true,
      tenant: (name) => (name === 'acme' ? optionsFor(world.home) : undefined),
    })
  })
  afterAll(() => world.close())

  /** Signs in at `work`, and tells where the callback led to. */
  async function after(returnTo: string): Promise<string | undefined> {
    const visitor = world.visitor()
    const page = await visitor.browser.get(`/auth/work/login?return_to=${encodeURIComponent(returnTo)}`)
    return (await visitor.browser.get(await visitor.reach(page))).location
  }

  test('F-25 F-30 is not another provider: nobody ends as somebody else than who they signed in as', async () => {
    const visitor = world.visitor()
    await visitor.signIn('home', 'ada')
    await visitor.browser.get('/')
    await visitor.browser.post('/auth/logout', {})

    const page = await visitor.browser.get('/auth/work/login?return_to=%2Fauth%2Fhome%2Flogin')
    const end = await visitor.open(await visitor.reach(page, 'ben'))

    expect(end.url).toBe(`${world.url}/`)
    expect((await visitor.who())?.name).toBe('ben of work')
  })

  test('F-30 is no route of a provider or a tenant, in whichever spelling', async () => {
    const wanted = [
      '/auth/home/login',
      '/auth/h%6Fme/LOGIN/',
      '/auth/acme/login',
      '/auth/acme/step-up',
      '/auth/initiate',
    ]

    const ends: (string | undefined)[] = []
    for (const path of wanted) ends.push(await after(path))

    expect(ends).toEqual(wanted.map(() => `${world.url}/`))
    expect(await after('/auth/links')).toBe(`${world.url}/auth/links`)
  })

  test('F-30 is none of them on the page of links either', async () => {
    const visitor = world.visitor()
    await visitor.signIn('work')

    const pages = [
      await visitor.browser.get('/auth/links?return_to=%2Fprivate'),
      await visitor.browser.get('/auth/links?return_to=%2Fauth%2Fhome%2Flogin'),
    ]

    const back = pages.map(({ text }) => [...text.matchAll(/<a href="([^"]*)"/g)].at(-1)?.[1])
    expect(back).toEqual(['/private', '/'])
  })

  test('F-30 is none of them on the page where people choose either', async () => {
    const page = await world.visitor().browser.get('/auth/login?return_to=%2Fauth%2Facme%2Flogin')

    expect(page.text).toContain('href="/auth/work/login"')
    expect(page.text).not.toContain('acme')
  })
})
