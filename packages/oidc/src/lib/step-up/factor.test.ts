import { testGivenFactor } from '@sallyport/step-up/conformance'
import { createKeyring } from '@sallyport/keyring'
import { describe, expect, test } from 'vitest'
import { ASSURANCE } from '../assurance.ts'
import { factorOf, resolveFactorOptions } from './factor.ts'
import { createStepUpSeals, readTicket } from './step-up-proof.ts'
import type { Attempt, ChallengeStart, FactorOutcome, GivenFactor } from '@sallyport/step-up/factor'
import type { DoorName } from '../door-name.ts'
import type { FactorProvider } from './factor.ts'
import type { StepUpProof } from './step-up-proof.ts'

const ISSUER = 'https://id.example'
const MFA = 'urn:example:acr:mfa'
const RULES = [...ASSURANCE, { acr: MFA, strong: true }]
const NOW = 1_800_000_000_000
const DOOR = { provider: 'work', issuer: ISSUER } as const
const EVIDENCE = { at: NOW - 5_500, strong: true, strength: [], acr: MFA, amr: ['pwd', 'otp'] } as const

// Always the same bytes: what is sealed twice is equal, so that tests can compare.
const keyring = createKeyring({
  keys: (['seal', 'pseudonym', 'sign'] as const).map((purpose, index) => ({
    id: `key0000${index}`,
    purpose,
    secret: new Uint8Array(32).fill(index + 1),
  })),
  randomBytes: (size) => new Uint8Array(size).fill(7),
})
const sealsAt = (now: number): ReturnType<typeof createStepUpSeals> =>
  createStepUpSeals({ keyring, clock: { now: () => now } })

function makeFactor(options: Partial<FactorProvider> = {}): GivenFactor {
  const door = { ...DOOR, mount: '/auth', assurance: options.assurance ?? RULES, seals: sealsAt(NOW) }
  const { acrValues, prompt } = options
  return factorOf(door, { acrValues, prompt })
}

function loginOf(user: string, door: Partial<DoorName> = {}): Parameters<GivenFactor['given']>[0] {
  return { user, evidence: [{ factor: 'oidc', at: 1, strong: false, strength: [], ...DOOR, ...door }] }
}

testGivenFactor('oidc.factor()', () => makeFactor({ acrValues: [MFA] }), {
  goodFor: 'one_challenge',
  give: (number) => {
    const user = number === 1 ? 'ann' : `ann-${number}`
    return { session: loginOf(user), device: user }
  },
  without: loginOf('ann', { issuer: 'https://elsewhere.example' }),
  secrets: () => [],
  async prove(user, { state, now }) {
    const { stepUp = '', bind = '' } = readTicket(state) ?? {}
    const result = { ok: true, evidence: { ...EVIDENCE, at: now } } as const
    return { proof: await sealsAt(now).sealProof({ stepUp, bind, user, ...DOOR, result }) }
  },
})

const authenticator = { id: 'ann', state: { user: 'ann', ...DOOR } }

/** The challenge of a requirement, as it is kept. */
async function startOf(factor: GivenFactor, about: Partial<ChallengeStart> = {}): Promise<Attempt['state']> {
  return await factor.start({
    stepUp: 'S1',
    user: 'ann',
    authenticators: [authenticator],
    demanded: [],
    acr: [],
    maxAgeMs: 300_000,
    action: null,
    now: NOW,
    randomBytes: (size) => new Uint8Array(size).fill(9),
    ...about,
  })
}

/** What becomes of a proof that differs in one thing from the right one. */
async function outcomeOf(spoilt: Partial<StepUpProof> = {}, now: number = NOW): Promise<FactorOutcome> {
  const factor = makeFactor({ acrValues: [MFA] })
  const state = await startOf(factor)
  const bind = readTicket(state)?.bind ?? ''
  const right = { stepUp: 'S1', bind, user: 'ann', ...DOOR, result: { ok: true, evidence: EVIDENCE } } as const
  const input = { proof: await sealsAt(NOW).sealProof({ ...right, ...spoilt }) }
  return await factor.verify(authenticator, { state, input, now, randomBytes: (size) => new Uint8Array(size) })
}

describe('oidc.factor()', () => {
  test('belongs to whoever signed in at this provider', () => {
    const factor = makeFactor()

    expect(factor.given(loginOf('ann'))).toEqual(authenticator)
    expect(factor.given({ user: 'ann', evidence: [] })).toBeUndefined()
    expect(
      factor.given({ user: 'ann', evidence: [{ factor: 'totp', at: 1, strong: true, strength: [], ...DOOR }] }),
    ).toBe(undefined)
  })

  test('F-24 belongs to nobody who came through another door, of the same issuer or of the same name', () => {
    const factor = makeFactor()
    const unnamed = [{ factor: 'oidc', at: 1, strong: false, strength: [], issuer: ISSUER }] as const

    expect(factor.given(loginOf('ann', { issuer: 'https://id.example/' }))).toBeUndefined()
    expect(factor.given(loginOf('ann', { provider: 'another' }))).toBeUndefined()
    expect(factor.given({ user: 'ann', evidence: unnamed })).toBeUndefined()
  })

  test('SU-06 is worth at best what the rules give for the levels that it asks for', () => {
    const worth = (options: Partial<FactorProvider>): unknown => {
      const { strong, strength, mayShow } = makeFactor(options)
      return { strong, strength, mayShow }
    }

    expect(worth({ acrValues: [MFA] })).toEqual({ strong: true, strength: [], mayShow: [] })
    expect(worth({ acrValues: ['phr', MFA] })).toEqual({ strong: true, strength: [], mayShow: ['phishing_resistant'] })
    expect(worth({ acrValues: ['unheard-of'], assurance: [{ acr: MFA, strong: true }] })).toMatchObject({
      strong: false,
    })
    expect(worth({})).toMatchObject({ strong: true })
    expect(worth({ assurance: [] })).toMatchObject({ strong: false, mayShow: [] })
  })

  test('reaches whatever level can be asked for', () => {
    const factor = makeFactor()

    expect(factor.mayReach?.(['c1'])).toBe(true)
    expect(factor.mayReach?.(['with blank', 'with"quote', ''])).toBe(false)
  })

  test('OIDC-REQ-06 asks for the levels of the requirement, else for its own', async () => {
    const factor = makeFactor({ acrValues: [MFA, 'phr'] })
    const asked = async (about: Partial<ChallengeStart>): Promise<unknown> =>
      readTicket(await startOf(factor, about))?.acrValues

    expect(await asked({})).toEqual([MFA, 'phr'])
    expect(await asked({ acr: ['c1', 'c2'] })).toEqual(['c1', 'c2'])
    expect(await asked({ demanded: ['phishing_resistant'] })).toEqual(['phr'])
    expect(await asked({ demanded: ['user_verified'] })).toEqual([MFA, 'phr'])
    expect(await asked({ acr: Array.from({ length: 100 }, (_, index) => `level-${index}`) })).toHaveLength(58)
  })

  test('OIDC-REQ-05 asks for half of the time, so that coming back is in time, and for a new sign-in when that is short', async () => {
    const asked = async (maxAgeMs: number, prompt?: string): Promise<unknown> => {
      const ticket = readTicket(await startOf(makeFactor({ prompt }), { maxAgeMs }))
      return [ticket?.maxAge, ticket?.prompt]
    }

    expect(await asked(300_000)).toEqual([150, undefined])
    expect(await asked(120_000)).toEqual([60, undefined])
    expect(await asked(119_999)).toEqual([0, 'login'])
    expect(await asked(30_000)).toEqual([0, 'login'])
    expect(await asked(300_000, 'consent')).toEqual([150, 'consent'])
    expect(await asked(30_000, 'select_account')).toEqual([0, 'select_account'])
  })

  test('shows the way to the provider with a ticket that nobody can read', async () => {
    const factor = makeFactor({ acrValues: [MFA] })
    const state = await startOf(factor)

    const [block, ...others] = await factor.view(state, [authenticator])

    const url = new URL(block?.kind === 'leave' ? block.url : '', 'https://app.example')
    expect([url.pathname, [...url.searchParams.keys()], others]).toEqual(['/auth/step-up', ['ticket'], []])
    expect(url.search).not.toMatch(/ann|S1|mfa/)
    expect(await sealsAt(NOW).openTicket(url.searchParams.get('ticket'))).toEqual(state)
  })

  test('asks otherwise after a round trip that showed somebody else, or an old sign-in', async () => {
    const asked = async (failed: ChallengeStart['failed'], prompt?: string): Promise<unknown> =>
      readTicket(await startOf(makeFactor({ prompt }), failed === undefined ? {} : { failed }))?.prompt

    expect([await asked(undefined), await asked('level_not_reached')]).toEqual([undefined, undefined])
    expect([await asked('wrong_subject'), await asked('wrong_subject', 'consent')]).toEqual([
      'select_account',
      'select_account',
    ])
    expect([await asked('factor_too_old'), await asked('factor_too_old', 'consent')]).toEqual(['login', 'login'])
  })

  test('F-40 asks for the new sign-in that it has to ask for, however the round trip before failed', async () => {
    const asked = async (
      failed: ChallengeStart['failed'],
      prompt: string | undefined,
      maxAgeMs: number,
    ): Promise<unknown> =>
      readTicket(await startOf(makeFactor({ prompt }), { maxAgeMs, ...(failed === undefined ? {} : { failed }) }))
        ?.prompt

    expect(await asked('wrong_subject', 'login', 1_200_000)).toBe('login')
    expect(await asked('wrong_subject', 'login consent', 1_200_000)).toBe('login consent')
    expect(await asked('factor_too_old', 'consent login', 1_200_000)).toBe('consent login')
    expect(await asked('wrong_subject', undefined, 30_000)).toBe('login')
  })

  test('F-40 is as old as the provider says', async () => {
    expect(await outcomeOf()).toMatchObject({ ok: true, evidence: { at: NOW - 5_500, strong: true, ...DOOR } })
  })

  test('hands on why a round trip shows nothing', async () => {
    expect(await outcomeOf({ result: { ok: false, reason: 'level_not_reached' } })).toEqual({
      ok: false,
      reason: 'level_not_reached',
    })
  })

  test('OIDC-IDT-14 F-18 refuses the proof of another challenge, step-up, person or provider, and an old one', async () => {
    const refused = { ok: false, reason: 'token_invalid' }

    expect((await outcomeOf({}, NOW + 60_000)).ok).toBe(true)
    expect(await outcomeOf({}, NOW + 60_001)).toEqual(refused)
    expect(await outcomeOf({}, NOW - 60_001)).toEqual(refused)
    expect(await outcomeOf({ bind: 'another' })).toEqual(refused)
    expect(await outcomeOf({ stepUp: 'S2' })).toEqual(refused)
    expect(await outcomeOf({ user: 'ben' })).toEqual(refused)
    expect(await outcomeOf({ issuer: 'https://elsewhere.example' })).toEqual(refused)
    expect(await outcomeOf({ provider: 'another' })).toEqual(refused)
  })

  test('refuses options that are unknown or wrong', () => {
    const refused = expect.objectContaining({ code: 'ERR_OIDC_OPTION' })

    expect(resolveFactorOptions({})).toEqual({})
    expect(() => resolveFactorOptions(Object.assign({ acrValues: [] }, { acr: ['high'] }))).toThrow(refused)
    expect(() => resolveFactorOptions({ acrValues: ['with blank'] })).toThrow(refused)
    expect(() => resolveFactorOptions({ prompt: 'always' })).toThrow(refused)
  })
})
