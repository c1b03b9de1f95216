import { describe, expect, test } from 'vitest'
import { openStepUpWorld, problemOf, signedIn, wayOut } from '../../test/step-up-world.ts'

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
