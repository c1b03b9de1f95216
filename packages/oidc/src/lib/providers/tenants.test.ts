import { createPrivateKey, generateKeyPairSync } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import type { KeyObject } from 'node:crypto'
import { MAX_TENANTS, createTenants } from './tenants.ts'
import type { ProviderOptions } from './provider-options.ts'
import type { FindTenant, Tenants } from './tenants.ts'

interface Door {
  readonly name: string
  readonly options: ProviderOptions
}

const OPTIONS: ProviderOptions = { issuer: 'https://id.example', clientId: 'client', clientSecret: 'secret' }

/** Counts what is built. */
function keep(tenant: FindTenant): Tenants<Door> & { readonly built: readonly Door[] } {
  const built: Door[] = []
  const tenants = createTenants(tenant, (name, options) => {
    const door = { name, options }
    built.push(door)
    return door
  })
  return { ...tenants, built }
}

describe('createTenants', () => {
  test('asks the application once for fifty who come at the same time, and builds once', async () => {
    let asked = 0
    const tenants = keep(async () => {
      asked += 1
      return { ...OPTIONS }
    })

    const doors = await Promise.all(Array.from({ length: 50 }, () => tenants.find('acme')))

    expect([asked, tenants.built.length, new Set(doors).size]).toEqual([1, 1, 1])
  })

  test('asks at every use, and builds again only when something has changed', async () => {
    let scope = ['email']
    let asked = 0
    const tenants = keep(() => {
      asked += 1
      return { ...OPTIONS, scope: [...scope], assurance: [{ amr: ['mfa'], strong: true }] }
    })
    const first = await tenants.find('acme')
    const second = await tenants.find('acme')
    scope = ['email', 'profile']

    const third = await tenants.find('acme')

    expect([asked, first === second, second === third]).toEqual([3, true, false])
    expect(third?.options.scope).toEqual(['email', 'profile'])
  })

  test('keeps at most 1,000, and lets go of the one that was not used for longest', async () => {
    const tenants = keep(() => OPTIONS)
    for (let count = 0; count < MAX_TENANTS; count += 1) await tenants.find(`t${count}`)
    await tenants.find('t0')

    await tenants.find('one-more')

    const names = [...Array.from({ length: MAX_TENANTS }, (_, count) => `t${count}`), 'one-more']
    const kept = names.filter((name) => tenants.known(name) !== undefined)
    expect([kept.length, kept.includes('t0'), kept.includes('t1'), kept.at(-1)]).toEqual([
      1_000,
      true,
      false,
      'one-more',
    ])
  })

  test('forgets a tenant that is none any more', async () => {
    let options: ProviderOptions | undefined = OPTIONS
    const tenants = keep(() => options)
    await tenants.find('acme')
    options = undefined

    expect([await tenants.find('acme'), tenants.known('acme')]).toEqual([undefined, undefined])
  })

  test('says that a tenant cannot be looked up, and asks again the next time', async () => {
    let broken = true
    const tenants = keep(async () => {
      if (broken) throw new Error('The database is down')
      return OPTIONS
    })

    await expect(tenants.find('acme')).rejects.toThrow(expect.objectContaining({ code: 'ERR_OIDC_TENANT_UNAVAILABLE' }))
    broken = false
    expect((await tenants.find('acme'))?.name).toBe('acme')
  })

  test('refuses a tenant’s options that are wrong, and keeps nothing of them', async () => {
    const wrong: object = { ...OPTIONS, clientID: 'x' }
    const tenants = createTenants<Door>(
      () => Object.assign({ ...OPTIONS }, wrong),
      (name, options) => ({ name, options }),
    )

    await expect(tenants.find('acme')).rejects.toThrow(expect.objectContaining({ code: 'ERR_OIDC_OPTION' }))
    expect(tenants.known('acme')).toBeUndefined()
  })

  test('F-27 does not wait for ever for an answer: it is a tenant that cannot be looked up, and the next one is asked anew', async () => {
    let isDown = true
    const never = new Promise<never>(() => undefined)
    const tenants = createTenants<Door>(
      () => (isDown ? never : OPTIONS),
      (name, options) => ({ name, options }),
      20,
    )

    await expect(tenants.find('acme')).rejects.toThrow(expect.objectContaining({ code: 'ERR_OIDC_TENANT_UNAVAILABLE' }))
    isDown = false
    expect((await tenants.find('acme'))?.name).toBe('acme')
  })

  test('takes no answer that comes too late in place of a newer one', async () => {
    let answer: (options: ProviderOptions) => void = () => undefined
    const late = new Promise<ProviderOptions>((resolve) => {
      answer = resolve
    })
    const answers = [late, { ...OPTIONS, clientId: 'newer' }]
    const tenants = createTenants<Door>(
      () => answers.shift(),
      (name, options) => ({ name, options }),
      20,
    )
    await tenants.find('acme').catch(() => undefined)
    await tenants.find('acme')

    answer({ ...OPTIONS, clientId: 'older' })
    await late

    expect(tenants.known('acme')?.options.clientId).toBe('newer')
  })

  test('sees what the application changes inside of its own object', async () => {
    const scope = ['email']
    const clientKey = { key: keyOf(1) }
    const { clientSecret: _, ...rest } = OPTIONS
    const tenants = keep(() => ({ ...rest, scope, clientKey }))
    const first = await tenants.find('acme')
    scope.push('profile')
    const second = await tenants.find('acme')
    clientKey.key = keyOf(2)

    const third = await tenants.find('acme')

    expect(first?.options.scope).toEqual(['email'])
    expect([first === second, second === third]).toEqual([false, false])
    expect(await tenants.find('acme')).toBe(third)
  })

  test('takes two key objects of one key for the same', async () => {
    const { clientSecret: _, ...rest } = OPTIONS
    const tenants = keep(() => ({ ...rest, clientKey: { key: keyOf(1) } }))

    expect(await tenants.find('acme')).toBe(await tenants.find('acme'))
  })
})

/** A key object, made anew each time from the same bytes for the same number. */
function keyOf(number: 1 | 2): KeyObject {
  return createPrivateKey(PEMS[number - 1] ?? '')
}

const PEMS = [1, 2].map(() => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return privateKey.export({ type: 'pkcs8', format: 'pem' })
})
