import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startDropInWorld } from '../../test/drop-in-world.ts'
import type { Browser } from '@sallyport/testing'
import type { DropInWorld, Side } from '../../test/drop-in-world.ts'

// passport-openidconnect itself and our strategy sign the same person in at the same provider: what do they hand over?

let world: DropInWorld
let browser: Browser
beforeAll(async () => {
  world = await startDropInWorld()
  // One session at the provider, so that both are told of the same sign-in.
  browser = world.browser()
})
afterAll(() => world.close())

/** What a verify callback that declares this many parameters is called with. */
async function given(side: Side, arity: number, passReqToCallback: boolean): Promise<readonly unknown[]> {
  const calls: unknown[][] = []
  const verify = (...all: unknown[]): void => {
    calls.push(all)
    Reflect.apply(Object(all.at(-1)), undefined, [null, { id: 'u' }])
  }
  Object.defineProperty(verify, 'length', { value: arity })
  world.serve({ verify, options: { passReqToCallback, scope: 'profile email' } })
  const { status } = await world.signIn(side, browser)
  expect([status, calls.length]).toEqual([200, 1])
  return calls[0]?.map(comparable) ?? []
}

/** Tokens differ from sign-in to sign-in: an ID token counts by its claims, the others by being there. */
function comparable(value: unknown): unknown {
  if (typeof value === 'function') return 'done'
  if (typeof value === 'string' && value.startsWith('ey')) return claimsOf(value)
  if (typeof value === 'string' && value.length === 43) return 'a token'
  if (typeof value !== 'object' || value === null) return value
  if ('originalUrl' in value) return { request: String(value.originalUrl).replace(/^\/(?:parent|ours)\/|=.*/g, '') }
  // The library of ours writes the type of the token in lower case: a difference that MIGRATION.md lists.
  if ('token_type' in value) return comparableEntries({ ...value, token_type: String(value.token_type).toLowerCase() })
  return structuredClone(value)
}

function comparableEntries(params: object): object {
  return Object.fromEntries(Object.entries(params).map(([name, value]) => [name, comparable(value)]))
}

function claimsOf(token: string): unknown {
  const claims: object = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
  const own = ['nonce', 'iat', 'exp', 'at_hash'].map((name) => [name, typeof Reflect.get(claims, name)])
  return { ...claims, ...Object.fromEntries(own) }
}

interface Both {
  readonly parent: readonly unknown[]
  readonly ours: readonly unknown[]
}

async function both(arity: number, passReqToCallback = false): Promise<Both> {
  const parent = await given('parent', arity, passReqToCallback)
  const ours = await given('ours', arity, passReqToCallback)
  expect(parent).toHaveLength(arity)
  return { parent, ours }
}

describe('a verify callback is given what passport-openidconnect gives it', () => {
  test('of 3 parameters: issuer, profile', async () => {
    const { parent, ours } = await both(3)

    expect(ours).toEqual(parent)
  })

  test('of 4: and how the person signed in', async () => {
    const { parent, ours } = await both(4)

    expect(ours).toEqual(parent)
  })

  test('of 5: and the ID token', async () => {
    const { parent, ours } = await both(5)

    expect(ours).toEqual(parent)
  })

  test('of 7: and the access and refresh tokens', async () => {
    const { parent, ours } = await both(7)

    expect(ours).toEqual(parent)
  })

  test('of 8: and the token response', async () => {
    const { parent, ours } = await both(8)

    expect(ours).toEqual(parent)
  })

  test('of 9: with UserInfo’s profile and the ID token’s apart', async () => {
    const { parent, ours } = await both(9)

    expect(ours).toEqual(parent)
  })

  test('of 4 with the request in front', async () => {
    const { parent, ours } = await both(4, true)

    expect(ours).toEqual(parent)
  })

  test('of 5 with the request in front', async () => {
    const { parent, ours } = await both(5, true)

    expect(ours).toEqual(parent)
  })

  test('of 6 with the request in front', async () => {
    const { parent, ours } = await both(6, true)

    expect(ours).toEqual(parent)
  })

  test('of 8 with the request in front', async () => {
    const { parent, ours } = await both(8, true)

    expect(ours).toEqual(parent)
  })

  test('of 9 with the request in front', async () => {
    const { parent, ours } = await both(9, true)

    expect(ours).toEqual(parent)
  })

  test('of 10 with the request in front', async () => {
    const { parent, ours } = await both(10, true)

    expect(ours).toEqual(parent)
  })

  test('of 2, or of 6 without the request, as one of 3', async () => {
    const short = await given('parent', 3, false)

    expect([await given('ours', 2, false), await given('ours', 6, false)]).toEqual([short, short])
    expect([await given('parent', 2, false), await given('parent', 6, false)]).toEqual([short, short])
  })

  test('and all of it is there to be compared', async () => {
    const [issuer, ui, id, context, claims, ...rest] = await given('parent', 9, false)

    expect([issuer, rest.length]).toEqual([world.provider.issuer, 4])
    expect([ui, id]).toMatchObject([{ id: 'ada', emails: [{ value: 'ada@example.test' }] }, { id: 'ada' }])
    expect(context).toMatchObject({ class: 'urn:example:acr:password', methods: ['pwd'] })
    expect(claims).toMatchObject({ sub: 'ada', nonce: 'string', auth_time: expect.any(Number) })
    expect(rest[2]).toMatchObject({ id_token: claims, access_token: 'a token' })
  })
})
