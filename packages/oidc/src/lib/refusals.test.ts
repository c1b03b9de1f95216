import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { codeOf, signIn, startWorld, whoIs } from '../../test/world.ts'
import type { FaultName } from '@sallyport/testing'
import type { World, WorldOptions } from '../../test/world.ts'

interface Refusal {
  readonly status: number
  readonly code: string | undefined
  readonly reason: string | undefined
  /** The code in the ledger, and how many logins failed there. */
  readonly recorded: readonly [unknown, number]
  readonly user: unknown
  readonly sessions: number
  readonly succeeded: number
}

const worlds: World[] = []
beforeEach(() => worlds.splice(0))
afterEach(async () => {
  for (const world of worlds) await world.close()
})

async function start(options: WorldOptions = {}): Promise<World> {
  const world = await startWorld({ timeoutMs: 300, ...options })
  worlds.push(world)
  return world
}

/** Signs in at a provider with this fault, and says all that came of it. */
async function signInWith(fault: FaultName, options: WorldOptions = {}): Promise<Refusal> {
  const world = await start(options)
  const browser = world.browser()
  world.provider.fault(fault)
  const page = await signIn(world, browser).catch(async () => browser.get('/auth/login'))
  const failures = world.audit.ofType('oidc.login.failed')
  const [failure] = failures
  const data = failure?.input.data
  return {
    status: page.status,
    code: codeOf(page),
    reason: failure?.input.reason,
    recorded: [data && 'code' in data ? data.code : undefined, failures.length],
    user: await whoIs(browser),
    sessions: world.started.length,
    succeeded: world.audit.ofType('oidc.login.succeeded').length,
  }
}

/** A refusal with this code: page and ledger agree, and nobody is signed in. */
const refusedWith = (code: string, status: number, reason: string): Refusal => ({
  status,
  code,
  reason,
  recorded: [code, 1],
  user: null,
  sessions: 0,
  succeeded: 0,
})

describe('the signature of the ID token', () => {
  test('F-22 OIDC-IDT-05 v5.0.0-6.8.2 v5.0.0-9.1.1 flipped in one bit is refused', async () => {
    expect(await signInWith('bad_signature')).toEqual(refusedWith('ERR_OIDC_SIGNATURE', 403, 'token_invalid'))
  })

  test('F-22 OIDC-IDT-05 of another key under the real key’s name is refused', async () => {
    expect(await signInWith('wrong_key')).toEqual(refusedWith('ERR_OIDC_SIGNATURE', 403, 'token_invalid'))
  })

  test('F-22 OIDC-IDT-05 v5.0.0-9.1.3 of a key that the provider does not publish is refused', async () => {
    expect(await signInWith('unknown_key')).toEqual(refusedWith('ERR_OIDC_SIGNATURE', 403, 'token_invalid'))
  })

  test('F-23 OIDC-IDT-06 v5.0.0-6.8.2 v5.0.0-9.1.2 of alg none is refused', async () => {
    expect(await signInWith('alg_none')).toEqual(refusedWith('ERR_OIDC_ALGORITHM', 403, 'token_invalid'))
  })

  test('F-23 OIDC-IDT-06 v5.0.0-6.8.2 v5.0.0-9.1.2 made with the client secret is refused', async () => {
    expect(await signInWith('alg_hs256')).toEqual(refusedWith('ERR_OIDC_ALGORITHM', 403, 'token_invalid'))
  })

  test('F-23 of an algorithm that the application does not allow is refused at discovery', async () => {
    const world = await start({ algorithms: ['PS256'] })

    const page = await world.browser().get('/auth/login')

    expect([page.status, codeOf(page)]).toEqual([503, 'ERR_OIDC_METADATA'])
  })

  test('v5.0.0-16.3.4 v5.0.0-16.5.2 cannot be checked while the keys are not to be had, so nobody gets in', async () => {
    const unavailable = refusedWith('ERR_OIDC_PROVIDER_UNAVAILABLE', 503, 'provider_unavailable')
    expect(await signInWith('jwks_unavailable')).toEqual(unavailable)
  })

  test('cannot be checked against an empty key set', async () => {
    expect(await signInWith('jwks_empty')).toEqual(refusedWith('ERR_OIDC_SIGNATURE', 403, 'token_invalid'))
  })
})

describe('the claims of the ID token', () => {
  test('OIDC-IDT-02 with another issuer are refused', async () => {
    expect(await signInWith('wrong_issuer')).toEqual(refusedWith('ERR_OIDC_ISSUER', 403, 'token_invalid'))
  })

  test('OIDC-IDT-03 v5.0.0-9.2.3 v5.0.0-10.5.4 for another client are refused', async () => {
    expect(await signInWith('wrong_audience')).toEqual(refusedWith('ERR_OIDC_AUDIENCE', 403, 'token_invalid'))
  })

  test('OIDC-IDT-03 OIDC-IDT-04 v5.0.0-10.5.4 for another client too are refused', async () => {
    expect(await signInWith('extra_audience')).toEqual(refusedWith('ERR_OIDC_AUDIENCE', 403, 'token_invalid'))
  })

  test('OIDC-IDT-07 v5.0.0-9.2.1 that have expired are refused', async () => {
    expect(await signInWith('expired')).toEqual(refusedWith('ERR_OIDC_TOKEN_EXPIRED', 403, 'expired'))
  })

  test('OIDC-IDT-08 made in the future are refused', async () => {
    expect(await signInWith('future_iat')).toEqual(refusedWith('ERR_OIDC_TOKEN_TIME', 403, 'clock_skew'))
  })

  test('OIDC-IDT-08 made long before the sign-in began are refused', async () => {
    expect(await signInWith('stale_iat')).toEqual(refusedWith('ERR_OIDC_TOKEN_TIME', 403, 'clock_skew'))
  })

  test('OIDC-IDT-17 without iat are refused', async () => {
    expect(await signInWith('missing_iat')).toEqual(refusedWith('ERR_OIDC_TOKEN', 403, 'token_invalid'))
  })

  test('OIDC-IDT-09 v5.0.0-10.5.1 NC-03 with another sign-in’s nonce are refused', async () => {
    expect(await signInWith('wrong_nonce')).toEqual(refusedWith('ERR_OIDC_NONCE', 403, 'token_invalid'))
  })

  test('OIDC-IDT-09 v5.0.0-10.5.1 without nonce are refused', async () => {
    expect(await signInWith('missing_nonce')).toEqual(refusedWith('ERR_OIDC_NONCE', 403, 'token_invalid'))
  })

  test('OIDC-IDT-10 OIDC-REQ-06 v5.0.0-6.8.4 below the asked-for level are refused', async () => {
    const refused = await signInWith('downgraded_acr', { acrValues: ['urn:example:acr:mfa'] })
    expect(refused).toEqual(refusedWith('ERR_OIDC_ACR', 403, 'level_not_reached'))
  })

  test('OIDC-IDT-10 v5.0.0-6.8.4 NC-01 that keep silent about an asked-for level are refused', async () => {
    const refused = await signInWith('missing_acr', { acrValues: ['urn:example:acr:mfa'] })
    expect(refused).toEqual(refusedWith('ERR_OIDC_ACR', 403, 'level_not_reached'))
  })

  test('OIDC-IDT-11 older than max_age are refused', async () => {
    const refused = await signInWith('stale_auth_time', { maxAge: 300 })
    expect(refused).toEqual(refusedWith('ERR_OIDC_AUTH_TIME', 403, 'factor_too_old'))
  })

  test('OIDC-IDT-11 OIDC-REQ-05 v5.0.0-6.8.4 NC-04 without auth_time though max_age was asked are refused', async () => {
    const refused = await signInWith('missing_auth_time', { maxAge: 300 })
    expect(refused).toEqual(refusedWith('ERR_OIDC_AUTH_TIME', 403, 'factor_too_old'))
  })

  test('that show no new sign-in though prompt=login was asked are refused', async () => {
    const refused = await signInWith('stale_auth_time', { prompt: 'login' })
    expect(refused).toEqual(refusedWith('ERR_OIDC_AUTH_TIME', 403, 'factor_too_old'))
  })

  test('without auth_time though prompt=login was asked are refused', async () => {
    const refused = await signInWith('missing_auth_time', { prompt: 'login' })
    expect(refused).toEqual(refusedWith('ERR_OIDC_AUTH_TIME', 403, 'factor_too_old'))
  })

  test('OIDC-REQ-05 that show no new sign-in though max_age=0 was asked are refused', async () => {
    const refused = await signInWith('stale_auth_time', { maxAge: 0 })
    expect(refused).toEqual(refusedWith('ERR_OIDC_AUTH_TIME', 403, 'factor_too_old'))
  })

  test('of a sign-in in the future are refused, or they would stay fresh for ever', async () => {
    expect(await signInWith('future_auth_time')).toEqual(refusedWith('ERR_OIDC_AUTH_TIME', 403, 'factor_too_old'))
  })

  test('OIDC-IDT-12 with the hash of another access token are refused', async () => {
    expect(await signInWith('wrong_at_hash')).toEqual(refusedWith('ERR_OIDC_TOKEN_HASH', 403, 'token_invalid'))
  })

  test('OIDC-IDT-13 without subject are refused', async () => {
    expect(await signInWith('missing_subject')).toEqual(refusedWith('ERR_OIDC_SUBJECT', 403, 'token_invalid'))
  })

  test('OIDC-IDT-13 with a subject of more than 255 characters are refused', async () => {
    expect(await signInWith('oversized_subject')).toEqual(refusedWith('ERR_OIDC_SUBJECT', 403, 'token_invalid'))
  })

  test('without auth_time pass when its age was not asked, as evidence that is never fresh', async () => {
    const world = await start()
    world.provider.fault('missing_auth_time')

    await signIn(world, world.browser())

    expect(world.audit.ofType('oidc.login.succeeded')[0]?.input.data).not.toHaveProperty('authTime')
  })
})

describe('the authorization response', () => {
  test('ISS-01 v5.0.0-10.2.2 of another issuer is refused before any token request', async () => {
    const refused = await signInWith('wrong_iss_parameter')
    expect(refused).toEqual(refusedWith('ERR_OIDC_RESPONSE_ISSUER', 403, 'provider_error'))
    expect(worlds[0]?.provider.requests).not.toContain('/token')
  })

  test('ISS-02 without the announced issuer is refused', async () => {
    const refused = await signInWith('missing_iss_parameter')
    expect(refused).toEqual(refusedWith('ERR_OIDC_RESPONSE_ISSUER', 403, 'provider_error'))
  })

  test('ISS-03 v5.0.0-15.3.7 with two issuers is refused', async () => {
    const refused = await signInWith('doubled_iss_parameter')
    expect(refused).toEqual(refusedWith('ERR_OIDC_RESPONSE', 403, 'provider_error'))
  })

  test('with the provider’s own trouble says that sign-in is not available', async () => {
    const refused = await signInWith('server_error')
    expect(refused).toEqual(refusedWith('ERR_OIDC_PROVIDER_UNAVAILABLE', 503, 'provider_unavailable'))
  })
})

describe('the token endpoint', () => {
  test('refusing the code refuses the login', async () => {
    expect(await signInWith('token_error')).toEqual(refusedWith('ERR_OIDC_CODE_REFUSED', 403, 'provider_error'))
  })

  test('out of order makes sign-in unavailable', async () => {
    const unavailable = refusedWith('ERR_OIDC_PROVIDER_UNAVAILABLE', 503, 'provider_unavailable')
    expect(await signInWith('token_unavailable')).toEqual(unavailable)
  })

  test('DISC-02 v5.0.0-15.3.2 redirecting is not followed: the code would go elsewhere', async () => {
    const refused = await signInWith('token_redirect')
    expect(refused).toEqual(refusedWith('ERR_OIDC_PROVIDER_RESPONSE', 503, 'provider_error'))
    expect(worlds[0]?.provider.requests).not.toContain('/elsewhere')
  })

  test('answering without ID token refuses the login', async () => {
    expect(await signInWith('missing_id_token')).toEqual(refusedWith('ERR_OIDC_TOKEN', 403, 'token_invalid'))
  })
})

describe('UserInfo', () => {
  test('OIDC-IDT-15 about someone else refuses the login', async () => {
    const refused = await signInWith('userinfo_other_subject')
    expect(refused).toEqual(refusedWith('ERR_OIDC_USERINFO_SUBJECT', 403, 'wrong_subject'))
  })

  test('OIDC-IDT-15 about nobody refuses the login', async () => {
    const refused = await signInWith('userinfo_missing_subject')
    expect(refused).toEqual(refusedWith('ERR_OIDC_USERINFO', 403, 'provider_error'))
  })

  test('out of order makes sign-in unavailable', async () => {
    const unavailable = refusedWith('ERR_OIDC_PROVIDER_UNAVAILABLE', 503, 'provider_unavailable')
    expect(await signInWith('userinfo_unavailable')).toEqual(unavailable)
  })

  test('is not asked when no scope beyond openid is', async () => {
    const world = await start({ scope: [] })
    world.provider.fault('userinfo_other_subject')

    const page = await signIn(world, world.browser())

    expect(page.status).toBe(303)
    expect(world.provider.requests).not.toContain('/me')
  })
})

describe('discovery', () => {
  test('DISC-01 v5.0.0-10.5.3 of another issuer is refused', async () => {
    expect(await signInWith('discovery_issuer_mismatch')).toMatchObject({ status: 503, code: 'ERR_OIDC_METADATA' })
  })

  test('DISC-01 v5.0.0-10.5.3 of an issuer with one more slash is refused', async () => {
    expect(await signInWith('discovery_issuer_slash')).toMatchObject({ status: 503, code: 'ERR_OIDC_METADATA' })
  })

  test('DISC-02 v5.0.0-12.3.1 naming an endpoint over plain HTTP elsewhere is refused', async () => {
    expect(await signInWith('discovery_foreign_endpoint')).toMatchObject({ status: 503, code: 'ERR_OIDC_METADATA' })
  })

  test('DISC-02 of more than 1 MiB is not read to its end', async () => {
    const refused = await signInWith('discovery_oversized')
    expect(refused).toMatchObject({ status: 503, code: 'ERR_OIDC_PROVIDER_RESPONSE' })
  })

  test('DISC-01 that is no JSON is refused', async () => {
    expect(await signInWith('discovery_not_json')).toMatchObject({ status: 503, code: 'ERR_OIDC_METADATA' })
  })

  test('DISC-02 that never answers is given up in time', async () => {
    const refused = await signInWith('slow_discovery')
    expect(refused).toMatchObject({ status: 503, code: 'ERR_OIDC_PROVIDER_UNAVAILABLE' })
  })

  test('that failed is tried again, and that succeeded is kept', async () => {
    const world = await start()
    const browser = world.browser()
    world.provider.fault('discovery_not_json')
    await browser.get('/auth/login')
    world.provider.clear()
    await browser.get('/auth/login')
    await browser.get('/auth/login')

    const asked = world.provider.requests.filter((path) => path.startsWith('/.well-known/'))
    expect(asked).toHaveLength(2)
    expect(world.audit.ofType('oidc.provider.discovered')).toHaveLength(1)
  })
})

describe('a provider that is down', () => {
  test('F-27 v5.0.0-16.5.2 at the start of a login is a page with 503, and the application lives on', async () => {
    const world = await start()
    const browser = world.browser()
    world.provider.fault('down')

    const page = await browser.get('/auth/login')
    world.provider.clear()

    expect([page.status, codeOf(page)]).toEqual([503, 'ERR_OIDC_PROVIDER_UNAVAILABLE'])
    expect(page.headers.get('retry-after')).toBe('5')
    expect((await signIn(world, browser)).status).toBe(303)
  })

  test('F-27 at the callback is a page with 503, and a new sign-in works once it is back', async () => {
    const world = await start()
    const browser = world.browser()
    const start_ = await browser.follow(await browser.get('/auth/login'))
    const sent = await browser.submit(start_.form('/interaction/'), { username: 'ada', password: 'correct horse' })
    const back = await browser.follow(sent, (location) => location.startsWith(world.url))
    world.provider.fault('down')

    const page = await browser.get(back.location ?? '')
    world.provider.clear()

    expect([page.status, codeOf(page)]).toEqual([503, 'ERR_OIDC_PROVIDER_UNAVAILABLE'])
    expect((await signIn(world, browser)).status).toBe(303)
  })
})

describe('a store that is down', () => {
  test('F-27 v5.0.0-16.5.2 at the callback is a page with 503, and no token request is made', async () => {
    const world = await start()
    const browser = world.browser()
    world.audit.breakDown()

    const page = await signIn(world, browser)

    expect([page.status, codeOf(page)]).toEqual([503, 'ERR_OIDC_STORE_UNAVAILABLE'])
    expect(world.provider.requests).not.toContain('/token')
    expect(await whoIs(browser)).toBeNull()
  })
})

describe('sessions that cannot begin', () => {
  test('F-27 v5.0.0-16.3.4 leave the person signed out, the trouble with the application and a failed login in the ledger', async () => {
    const sessions = {
      current: () => ({ state: 'anonymous' }) as const,
      start: async () => Promise.reject(new RangeError('The session store is gone')),
      end: async () => undefined,
      refuse: () => undefined,
    }
    const world = await start({ sessions })
    const browser = world.browser()

    const page = await signIn(world, browser)

    expect([page.status, JSON.parse(page.text)]).toEqual([500, { error: 'RangeError' }])
    expect(world.audit.ofType('oidc.login.failed')[0]?.input.data).toMatchObject({ code: 'ERR_OIDC_SESSION' })
    expect(await whoIs(browser)).toBeNull()
  })
})

describe('a verify function', () => {
  test('that answers false refuses the person', async () => {
    const world = await start({ verify: () => false })

    const page = await signIn(world, world.browser())

    expect([page.status, codeOf(page)]).toEqual([403, 'ERR_OIDC_USER_REFUSED'])
    expect(world.audit.ofType('oidc.login.failed')[0]?.input).toMatchObject({ reason: 'user_denied' })
    expect(world.started).toEqual([])
  })

  test('that fails gives its error to the application, and nobody is signed in', async () => {
    const world = await start({
      verify: async () => {
        throw new RangeError('The user table is gone')
      },
    })

    const page = await signIn(world, world.browser())

    expect([page.status, JSON.parse(page.text)]).toEqual([500, { error: 'RangeError' }])
    expect(world.audit.ofType('oidc.login.failed')[0]?.input).toMatchObject({ reason: 'handler_failed' })
    expect(world.started).toEqual([])
  })

  test('decides what req.user is', async () => {
    const world = await start({ verify: ({ id, profile }) => ({ id, mail: profile.emails?.[0]?.value }) })
    const browser = world.browser()

    await signIn(world, browser)

    expect(await whoIs(browser)).toMatchObject({ mail: 'ada@example.test' })
  })
})
