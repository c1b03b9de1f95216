import fc from 'fast-check'
import { manualClock } from '@sallyport/testing'
import { describe, expect, test } from 'vitest'
import { createTestKeyring } from '../../test/world.ts'
import { OidcError } from './errors.ts'
import { checkReturnTo } from './return-to.ts'
import { checkRoom, formatTransaction, parseTransaction } from './transaction.ts'
import { MAX_HEADER, MAX_TRANSACTIONS, TRANSACTION_MS, createTransactions } from './transactions.ts'
import type { Keyring } from '@sallyport/keyring'
import type { Transaction } from './transaction.ts'
import type { CookieExchange, Transactions } from './transactions.ts'

const clock = manualClock()
const unknown: unknown = expect.objectContaining({ code: 'ERR_OIDC_TRANSACTION_UNKNOWN' })

function transaction(state: string, startedAt = clock.now()): Transaction {
  const about = { issuer: 'https://id.example', clientId: 'c', callbackUrl: 'https://app.example/auth/callback' }
  const texts = { nonce: 'n', verifier: 'v', ...about, lineage: 'l', flow: 'f', returnTo: '/' }
  return { state, startedAt, purpose: { for: 'login' }, ...texts }
}

/** Whether a transaction would fit into a cookie with any path to return to. */
function fits(one: Transaction): boolean {
  try {
    checkRoom(one)
    return true
  } catch (error) {
    if (error instanceof OidcError && error.code === 'ERR_OIDC_OPTION') return false
    throw error
  }
}

/** A browser's cookies, as one header. */
class Jar implements CookieExchange {
  readonly cookies = new Map<string, string>()
  readonly raw: string[] = []
  get header(): string {
    return [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  }
  set(cookie: string): void {
    this.raw.push(cookie)
    const [name = '', value = ''] = (cookie.split(';')[0] ?? '').split('=', 2)
    if (cookie.includes('Max-Age=0')) this.cookies.delete(name)
    else this.cookies.set(name, value)
  }
}

function open(options: { readonly keyring?: Keyring; readonly callbackUrl?: string } = {}): Transactions {
  const { keyring = createTestKeyring(), callbackUrl = 'https://app.example/auth/callback' } = options
  return createTransactions({ keyring, clock, secure: true, callbackUrl })
}

/** A key service that can be switched off for opening. */
function flakyKeyring(): { readonly keyring: Keyring; isDown: boolean } {
  const keyring = createTestKeyring()
  const unseal: Keyring['unseal'] = async (context, sealed) => {
    if (flaky.isDown) throw new Error('The key service is away')
    return await keyring.unseal(context, sealed)
  }
  const flaky = { keyring: { ...keyring, unseal }, isDown: false }
  return flaky
}

describe('createTransactions', () => {
  test('gives back what was put in, once', async () => {
    const jar = new Jar()
    const transactions = open()
    await transactions.put(jar, transaction('state-1'))

    expect(await transactions.take(jar, 'state-1')).toEqual(transaction('state-1'))
    await expect(transactions.take(jar, 'state-1')).rejects.toThrow(unknown)
  })

  test('v5.0.0-3.3.1 v5.0.0-3.3.2 v5.0.0-3.3.3 v5.0.0-3.3.4 WEB-03 names and marks its cookies so that only this host, over https, has them', async () => {
    const jar = new Jar()

    await open().put(jar, transaction('state-1'))

    expect(jar.raw[0]).toMatch(
      /^__Host-sallyport-tx-[\w-]{6}-[\w-]{8}=[\w.-]+; Path=\/; Max-Age=600; HttpOnly; SameSite=Lax; Secure$/,
    )
  })

  test('shows nothing of the transaction in the cookie', async () => {
    const jar = new Jar()

    await open().put(jar, transaction('the-state'))

    expect(jar.header).not.toContain('the-state')
    expect(Buffer.from(jar.header, 'base64url').toString('latin1')).not.toContain('id.example')
  })

  test('is over after ten minutes', async () => {
    const jar = new Jar()
    const transactions = open()
    await transactions.put(jar, transaction('state-1', clock.now() - TRANSACTION_MS))

    const late = transactions.take(jar, 'state-1')

    await expect(late).rejects.toThrow(expect.objectContaining({ code: 'ERR_OIDC_TRANSACTION_EXPIRED' }))
  })

  test('drops the oldest beyond five, and first of all what it cannot read', async () => {
    const jar = new Jar()
    const transactions = open()
    await open().put(jar, transaction('of lost keys'))
    for (let age = 8; age > 0; age -= 1)
      await transactions.put(jar, transaction(`state-${age}`, clock.now() - age * 1_000))

    expect(jar.cookies.size).toBe(MAX_TRANSACTIONS)
    await expect(transactions.take(jar, 'state-6')).rejects.toThrow(unknown)
    expect(await transactions.take(jar, 'state-5')).toMatchObject({ state: 'state-5' })
  })

  test('leaves what it cannot read alone while there is room: it may be another application’s', async () => {
    const jar = new Jar()
    const shop = open()
    await shop.put(jar, transaction('shop'))

    await open().put(jar, transaction('admin'))

    expect(await shop.take(jar, 'shop')).toMatchObject({ state: 'shop' })
  })

  test('leaves those of an application on another port alone, however many there are', async () => {
    const jar = new Jar()
    const shop = open({ callbackUrl: 'http://localhost:3000/auth/callback' })
    const admin = open({ callbackUrl: 'http://localhost:4000/auth/callback' })
    await shop.put(jar, transaction('shop'))

    for (let tab = 0; tab < 6; tab += 1) await admin.put(jar, transaction(`admin-${tab}`))

    expect(jar.cookies.size).toBe(1 + MAX_TRANSACTIONS)
    expect(await shop.take(jar, 'shop')).toMatchObject({ state: 'shop' })
  })

  test('F-27 drops nothing because the key service is away for a moment, and says that it is', async () => {
    const jar = new Jar()
    const flaky = flakyKeyring()
    const transactions = open(flaky)
    await transactions.put(jar, transaction('tab-1'))
    flaky.isDown = true
    await transactions.put(jar, transaction('tab-2'))
    const away: unknown = expect.objectContaining({ code: 'ERR_OIDC_STORE_UNAVAILABLE', status: 503 })

    await expect(transactions.take(jar, 'tab-2')).rejects.toThrow(away)
    await expect(transactions.peek(jar.header, 'tab-2')).rejects.toThrow(away)
    flaky.isDown = false

    expect(await transactions.take(jar, 'tab-1')).toMatchObject({ state: 'tab-1' })
    expect(await transactions.take(jar, 'tab-2')).toMatchObject({ state: 'tab-2' })
  })

  test('gives no browser a cookie that it would not take, nor so many that a server would not take the header', async () => {
    const unit = fc.constantFrom('a', '"', 'é', '中', '\u0001', '🙂', '\ud800')
    const text = fc.string({ unit, maxLength: 512, size: 'max' })
    const asked = fc.record({
      returnTo: fc.string({ unit: fc.constantFrom('a', '"', '%22'), maxLength: 512, size: 'max' }),
      appState: text.map((state) => JSON.stringify(state).slice(0, 512)),
      acrValues: fc.array(fc.string({ unit: fc.constantFrom('a', 'z'), maxLength: 255, size: 'max' }), {
        maxLength: 2,
      }),
      issuer: fc.string({ unit: fc.constant('i'), maxLength: 300, size: 'max' }),
    })
    const secrets = { nonce: 'n'.repeat(43), verifier: 'v'.repeat(43), lineage: 'l'.repeat(26), flow: 'f'.repeat(26) }
    const keyring = createTestKeyring()

    await fc.assert(
      fc.asyncProperty(fc.array(asked, { minLength: 1, maxLength: 8 }), async (tabs) => {
        const jar = new Jar()
        const transactions = open({ keyring })
        for (const [tab, { returnTo, ...one }] of tabs.entries()) {
          const path = checkReturnTo(`/${returnTo}`, '/', [])
          const wanted = { ...transaction(`${tab}`.padEnd(43, 's')), ...secrets, ...one, returnTo: path }
          if (!fits(wanted)) continue
          await transactions.put(jar, wanted)
          expect(await transactions.peek(jar.header, wanted.state)).toEqual(wanted)
        }
        expect(jar.raw.every((cookie) => cookie.length <= 4_096)).toBe(true)
        expect(jar.header.length).toBeLessThanOrEqual(MAX_HEADER)
      }),
      { numRuns: 40 },
    )
  })

  test('has room for what a sign-in usually remembers, whatever path its person goes to', () => {
    const usual = {
      issuer: 'https://login.microsoftonline.com/72f988bf-86f1-41af-91ab-2d7cd011db47/v2.0',
      clientId: '0'.repeat(36),
      nonce: 'n'.repeat(43),
      verifier: 'v'.repeat(43),
      lineage: 'l'.repeat(26),
      flow: 'f'.repeat(26),
    }
    const wanted = { ...transaction('s'.repeat(43)), ...usual }

    expect(fits({ ...wanted, acrValues: ['a'.repeat(255), 'b'.repeat(255)] })).toBe(true)
    expect(fits({ ...wanted, appState: JSON.stringify('é'.repeat(510)) })).toBe(true)
    const most = { appState: JSON.stringify('中'.repeat(510)), acrValues: ['a'.repeat(255), 'b'.repeat(255)] }
    expect(fits({ ...wanted, ...most })).toBe(false)
  })

  test('leaves the cookies of the application alone', async () => {
    const jar = new Jar()
    jar.cookies.set('theirs', '1')

    await open().put(jar, transaction('state-1'))

    expect(jar.cookies.get('theirs')).toBe('1')
  })

  test('refuses a cookie that was put under another transaction’s name', async () => {
    const jar = new Jar()
    const transactions = open()
    await transactions.put(jar, transaction('state-1'))
    const [mine = ''] = jar.cookies.values()
    await transactions.put(jar, transaction('state-2'))
    const [, other = ''] = jar.cookies.keys()
    jar.cookies.set(other, mine)

    await expect(transactions.take(jar, 'state-2')).rejects.toThrow(unknown)
  })

  test('refuses a cookie of another installation’s keys', async () => {
    const jar = new Jar()
    await open().put(jar, transaction('state-1'))

    await expect(open().take(jar, 'state-1')).rejects.toThrow(unknown)
  })

  test('F-26 v5.0.0-9.2.2 refuses whatever was sealed for another purpose', async () => {
    const jar = new Jar()
    const keyring = createTestKeyring()
    await open({ keyring }).put(jar, transaction('state-1'))
    const [name = ''] = jar.cookies.keys()
    jar.cookies.set(name, await keyring.seal('step-up.stash', formatTransaction(transaction('state-1'))))

    await expect(open({ keyring }).take(jar, 'state-1')).rejects.toThrow(unknown)
  })

  test('refuses a cookie with any one character changed', async () => {
    const transactions = open()
    const full = new Jar()
    await transactions.put(full, transaction('state-1'))
    const [[name = '', value = ''] = []] = full.cookies

    const position = fc.integer({ min: 0, max: value.length - 1 })
    await fc.assert(
      fc.asyncProperty(position, fc.constantFrom('A', 'Q', 'g', 'w', '-'), async (at, character) => {
        fc.pre(value.charAt(at) !== character)
        const jar = new Jar()
        jar.cookies.set(name, value.slice(0, at) + character + value.slice(at + 1))
        await expect(transactions.take(jar, 'state-1')).rejects.toThrow(unknown)
      }),
    )
  })

  test('reads a hostile cookie header without harm', async () => {
    const transactions = open()
    const hostile = [
      '=',
      ';;;',
      '__Host-sallyport-tx-',
      '__Host-sallyport-tx-=x',
      `a=${'b'.repeat(20_000)}`,
      'x; '.repeat(5_000),
    ]

    const answers = hostile.map((header) => transactions.take({ header, set: () => undefined }, 'state-1'))

    const ended = await Promise.allSettled(answers)
    expect(ended.map((one) => one.status)).toEqual(hostile.map(() => 'rejected'))
  })
})

describe('parseTransaction', () => {
  test('OIDC-REQ-04 is the inverse of formatTransaction', () => {
    const asked = { ...transaction('s'), prompt: 'login', maxAge: 0, acrValues: ['a', 'b'] }

    expect(parseTransaction(formatTransaction(asked))).toEqual(asked)
  })

  test('reads nothing else', () => {
    const wrong = [null, 1, [], {}, { ...transaction('s'), startedAt: '1' }, { ...transaction('s'), acrValues: [1] }]

    const read = wrong.map((value) => parseTransaction(new TextEncoder().encode(JSON.stringify(value))))

    expect(read).toEqual(wrong.map(() => undefined))
  })
})
