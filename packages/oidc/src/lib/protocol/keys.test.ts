import { generateKeyPairSync } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { OidcError } from '../errors.ts'
import { KEYS_MAX_AGE_MS, KEY_FETCH_GAP_MS, createKeys } from './keys.ts'
import type { Keys } from './keys.ts'
import type { KeysRotated } from './provider-settings.ts'

const MATERIAL = new Map<string, Record<string, unknown>>()
const GAP = KEY_FETCH_GAP_MS

/** A key that always belongs to the same name. */
function keyNamed(kid: string): Record<string, unknown> {
  const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const material = MATERIAL.get(kid) ?? { ...publicKey.export({ format: 'jwk' }) }
  MATERIAL.set(kid, material)
  return { ...material, kid }
}

interface Scene {
  readonly keys: Keys
  /** When each fetch began. */
  readonly fetches: readonly number[]
  readonly rotations: readonly KeysRotated[]
  publish(...kids: readonly string[]): void
  breakDown(): void
  pass(ms: number): void
  find(kid: string, uri?: string): Promise<readonly unknown[]>
}

/** A provider whose keys are a list, and a clock that moves when it is told to, or when somebody waits. */
function start(options: { readonly onKeysRotated?: () => Promise<void> } = {}): Scene {
  let now = 1_000_000
  let published: readonly string[] = ['k1']
  let isDown = false
  const fetches: number[] = []
  const rotations: KeysRotated[] = []
  const onKeysRotated = async (change: KeysRotated): Promise<void> => {
    await options.onKeysRotated?.()
    rotations.push(change)
  }
  const wait = async (ms: number): Promise<void> => void (now += ms)
  const keys = createKeys({ clock: { now: () => now }, onKeysRotated }, { now: () => now, wait })
  const fetch = async (): Promise<Response> => {
    fetches.push(now)
    const answer = Response.json({ keys: published.map(keyNamed) })
    await Promise.resolve()
    if (isDown) throw new OidcError('ERR_OIDC_PROVIDER_UNAVAILABLE')
    return answer
  }
  return {
    keys,
    fetches,
    rotations,
    publish: (...kids) => void (published = kids),
    breakDown: () => void (isDown = true),
    pass: (ms) => void (now += ms),
    find: async (kid, uri = 'https://id.example/jwks') =>
      (await keys.find({ uri, fetch }, { alg: 'ES256', kid })).map((key) => key.kid),
  }
}

const times = <Value>(count: number, make: (index: number) => Value): Value[] =>
  Array.from({ length: count }, (_, i) => make(i))

describe('createKeys', () => {
  test('fetches the keys once for as long as they count', async () => {
    const scene = start()

    await Promise.all(times(50, () => scene.find('k1')))
    scene.pass(KEYS_MAX_AGE_MS - 1)
    await scene.find('k1')

    expect(scene.fetches).toHaveLength(1)
  })

  test('OIDC-IDT-05 knows a key that was published a moment ago, for fifty who ask at once, with one more fetch', async () => {
    const scene = start()
    await scene.find('k1')
    scene.publish('k1', 'k2')

    const found = await Promise.all(times(50, () => scene.find('k2')))

    expect(found).toEqual(times(50, () => ['k1', 'k2']))
    expect(scene.fetches).toHaveLength(2)
  })

  test('does not take the answer of a fetch that began before it was asked for the last word', async () => {
    const scene = start()
    const early = scene.find('k1')
    scene.pass(1)
    scene.publish('k2')

    expect([await early, await scene.find('k2')]).toEqual([['k1'], ['k2']])
  })

  test('OIDC-IDT-05 forgets a key that was withdrawn within 5 minutes', async () => {
    const scene = start()
    await scene.find('k1')
    scene.publish('k2')
    scene.pass(KEYS_MAX_AGE_MS)

    expect(await scene.find('k1')).toEqual(['k2'])
  })

  test('does not know how old keys are when the clock was put back', async () => {
    const scene = start()
    await scene.find('k1')
    scene.pass(-60_000)
    scene.publish('k2')

    expect(await scene.find('k1')).toEqual(['k2'])
  })

  test('never uses the keys of one address for another', async () => {
    const scene = start()
    await scene.find('k1')
    scene.publish('k2')

    expect(await scene.find('k1', 'https://id.example/other')).toEqual(['k2'])
  })

  test('lives on known keys while the provider is down, and no longer than they count', async () => {
    const scene = start()
    await scene.find('k1')
    scene.breakDown()

    expect(await scene.find('k1')).toEqual(['k1'])
    const unavailable = expect.objectContaining({ code: 'ERR_OIDC_PROVIDER_UNAVAILABLE' })
    await expect(scene.find('k2')).rejects.toThrow(unavailable)
    scene.pass(KEYS_MAX_AGE_MS)
    await expect(scene.find('k1')).rejects.toThrow(unavailable)
  })

  test('OIDC-IDT-05 DISC-02 asks the provider at most once in 2 seconds for keys that nobody has', async () => {
    const flood = fc.array(
      fc.record({ asks: fc.integer({ min: 1, max: 20 }), pass: fc.integer({ min: 0, max: 3_000 }) }),
      {
        maxLength: 20,
      },
    )

    await fc.assert(
      fc.asyncProperty(flood, async (waves) => {
        const scene = start()
        await scene.find('k1')
        for (const { asks, pass } of waves) {
          scene.pass(pass)
          const found = await Promise.all(times(asks, (index) => scene.find(`bad-${index}`)))
          expect(found).toEqual(times(asks, () => ['k1']))
        }

        const [, ...others] = scene.fetches
        const gaps = others.slice(1).map((at, index) => at - (others[index] ?? 0))
        expect(gaps.every((gap) => gap >= GAP)).toBe(true)
      }),
      { numRuns: 50 },
    )
  })

  test('a flood of unknown keys holds nobody up who has a known one', async () => {
    const scene = start()
    await scene.find('k1')
    const flood = times(50, (index) => scene.find(`bad-${index}`))

    expect(await scene.find('k1')).toEqual(['k1'])
    await Promise.all(flood)
  })
})

describe('onKeysRotated', () => {
  test('is told nothing by the first fetch, nor by one that finds the same keys in another order', async () => {
    const scene = start()
    scene.publish('k1', 'k2')
    await scene.find('k1')
    scene.publish('k2', 'k1')
    scene.pass(KEYS_MAX_AGE_MS)
    await scene.find('k1')

    expect([scene.fetches.length, scene.rotations]).toEqual([2, []])
  })

  test('is told once how many keys came and went', async () => {
    const scene = start()
    await scene.find('k1')
    scene.publish('k2', 'k3')
    await Promise.all(times(50, () => scene.find('k2')))

    expect(scene.rotations).toEqual([{ digest: expect.stringMatching(/^[\w-]{43}$/), added: 2, removed: 1 }])
  })

  test('that fails keeps the new keys from being used, and is told again', async () => {
    let isDown = true
    const scene = start({
      onKeysRotated: async () => {
        if (isDown) throw new Error('The ledger is down')
      },
    })
    await scene.find('k1')
    scene.publish('k2')

    await expect(scene.find('k2')).rejects.toThrow(expect.objectContaining({ code: 'ERR_OIDC_STORE_UNAVAILABLE' }))
    isDown = false

    expect(await scene.find('k2')).toEqual(['k2'])
    expect(scene.rotations).toHaveLength(1)
  })
})
