import { describe, expect, test } from 'vitest'
import { openStepUpWorld, problemOf, signedIn, unusedFactor, wayOut } from '../../../test/step-up-world.ts'
import type { BrowserPage } from '@sallyport/testing'

// What providers of other habits make of a step-up; a world for each.

describe('a plain sign-in at the provider', () => {
  test('is refused in plain words where a strong one is demanded, and taken where a fresh one is', async () => {
    const plain = await openStepUpWorld({ factor: {}, pages: { '/fresh': { anyOf: ['oidc'], maxAge: '5m' } } })
    const ada = await signedIn(plain)

    const weak = await ada.open(await ada.prove(await ada.ask()))
    plain.clock.advance(300_001)
    const fresh = await ada.open(await ada.prove(await ada.ask('/fresh')))

    const told = (await plain.events('challenge.failed')).map(({ reason }) => reason)
    await plain.close()
    expect(problemOf(weak)).toMatchObject({ status: 403, code: 'ERR_OIDC_TOO_WEAK' })
    expect([told, fresh.text]).toEqual([['factor_too_weak'], 'shown'])
  })
})

describe('a provider that ignores levels', () => {
  test('SU-04 F-40 is asked once, whoever follows all redirects', async () => {
    const deaf = await openStepUpWorld({ provider: { levels: 'ignored' } })
    const ada = await signedIn(deaf)
    const before = deaf.provider.requests.filter((path) => path === '/auth').length

    const page = await ada.open(wayOut(await ada.ask()))

    const trips = deaf.provider.requests.filter((path) => path === '/auth').length - before
    await deaf.close()
    expect(problemOf(page)).toMatchObject({ status: 403, code: 'ERR_OIDC_ACR' })
    expect(trips).toBe(1)
  })
})

describe('a provider that cannot confirm somebody', () => {
  test('SU-04 is asked once: the page says what to do instead, and leads to where a way can be added', async () => {
    const weak = await openStepUpWorld({ factor: {}, further: [unusedFactor()] })
    const ada = await signedIn(weak)
    const challenge = await ada.ask()
    const trips = (): number => weak.provider.requests.filter((path) => path === '/auth').length

    const problem = await ada.open(await ada.prove(challenge))
    const before = trips()
    const back = await ada.open(problemOf(problem).link)
    const german = await ada.browser.get(problemOf(problem).link, { 'accept-language': 'de' })
    const again = await ada.open(linkTo(back, 'factor=oidc'))

    await weak.close()
    expect(problem.text).toContain('Go back to confirm in another way, or to add an authenticator.')
    expect([problemOf(problem).status, problemOf(problem).code]).toEqual([403, 'ERR_OIDC_TOO_WEAK'])
    expect([back.status, linkTo(back, '/step-up/authenticators')]).toEqual([200, expect.any(String)])
    expect([/<html lang="de"/.test(german.text), trips() - before]).toEqual([true, 0])
    expect(wayOut(again)).toContain('/auth/step-up?ticket=')
  })

  test('says it in German as well, of a sign-in that is too old too', async () => {
    const old = await openStepUpWorld({ further: [unusedFactor()] })
    const ada = await signedIn(old)
    const challenge = await ada.ask()
    old.provider.fault('stale_auth_time')

    const problem = await ada.browser.get(await ada.prove(challenge), { 'accept-language': 'de' })
    old.provider.clear()
    const back = await ada.open(problemOf(problem).link)

    await old.close()
    expect(problemOf(problem)).toMatchObject({ status: 403, code: 'ERR_OIDC_AUTH_TIME' })
    expect(problem.text).toContain('Gehen Sie zurück, um sich anders zu bestätigen')
    expect(linkTo(back, '/step-up/authenticators')).toContain('return_to=')
  })
})

describe('levels in acrs', () => {
  test('SU-06 satisfy a route that names one, and SU-04 end it where the provider cannot reach them', async () => {
    const entra = await openStepUpWorld({
      factor: {},
      oidc: { levelClaim: 'acrs', assurance: [{ acr: 'c1', strong: true }] },
      pages: { '/context': { acr: ['c1'], anyOf: ['oidc'] }, '/other': { acr: ['c9'], anyOf: ['oidc'] } },
    })
    const ada = await signedIn(entra)

    const page = await ada.open(await ada.prove(await ada.ask('/context')))
    const { session } = await ada.me()
    const unknown = await ada.open(await ada.prove(await ada.ask('/other')))

    const told = (await entra.events('challenge.failed')).map(({ reason }) => reason)
    await entra.close()
    expect(page.text).toBe('shown')
    expect(session['evidence']).toContainEqual(expect.objectContaining({ acr: 'c1', strong: true }))
    expect(problemOf(unknown)).toMatchObject({ status: 403, code: 'ERR_OIDC_ACR' })
    expect(told).toEqual(['level_not_reached'])
  })
})

/** The address of a page's link that contains this text. */
function linkTo({ text }: BrowserPage, part: string): string {
  const links = [...text.matchAll(/<a [^>]*href="([^"]*)"/g)].map(([, href = '']) => href.replaceAll('&amp;', '&'))
  return links.find((href) => href.includes(part)) ?? 'none'
}
