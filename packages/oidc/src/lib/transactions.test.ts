import fc from 'fast-check'
import { manualClock } from '@sallyport/testing'
import { describe, expect, test } from 'vitest'
import { createTestKeyring } from '../../test/world.ts'
import { formatTransaction, parseTransaction } from './transaction.ts'
import { MAX_TRANSACTIONS, TRANSACTION_MS, createTransactions } from './transactions.ts'
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

function open(options: { readonly keyring?: Keyring; readonly secure?: boolean } = {}): Transactions {
  return createTransactions({ keyring: options.keyring ?? createTestKeyring(), clock, secure: options.secure ?? true })
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
      /^__Host-sallyport-tx-[\w-]{8}=[\w.-]+; Path=\/; Max-Age=600; HttpOnly; SameSite=Lax; Secure$/,
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

  test('drops the oldest beyond five, and whatever it cannot read', async () => {
    const jar = new Jar()
    const transactions = open()
    jar.cookies.set('__Host-sallyport-tx-AAAAAAAA', 'junk')
    for (let age = 8; age > 0; age -= 1)
      await transactions.put(jar, transaction(`state-${age}`, clock.now() - age * 1_000))

    expect(jar.cookies.size).toBe(MAX_TRANSACTIONS)
    await expect(transactions.take(jar, 'state-6')).rejects.toThrow(unknown)
    expect(await transactions.take(jar, 'state-5')).toMatchObject({ state: 'state-5' })
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
