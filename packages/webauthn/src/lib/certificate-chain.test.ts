import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { isTrustedChain, parseRoot } from './certificate-chain.ts'

// Valid from 2020 to 2049, the expired one to 2020. `leaf` is issued by `intermediate`, that by `root`.
const NOW = Date.UTC(2026, 0, 1)

function pem(name: string): string {
  return readFileSync(new URL(`../../test/certificates/${name}.pem`, import.meta.url), 'utf8')
}

function isTrusted(names: readonly string[], roots: readonly string[] = ['root'], now: number = NOW): boolean {
  const certificates = names.map((name) => new X509Certificate(pem(name)).raw)
  return isTrustedChain({ certificates, roots: roots.map((name) => new X509Certificate(pem(name))), now })
}

describe('isTrustedChain', () => {
  test('WA-REG-16 trusts what leads to a root, whether the chain brings the root along or not', () => {
    expect(isTrusted(['leaf', 'intermediate'])).toBe(true)
    expect(isTrusted(['leaf', 'intermediate', 'root'])).toBe(true)
    expect(isTrusted(['leaf', 'intermediate'], ['other-root', 'root'])).toBe(true)
  })

  test('WA-REG-16 trusts an intermediate authority that is configured as a root', () => {
    expect(isTrusted(['leaf'], ['intermediate'])).toBe(true)
  })

  test.each([
    ['of nothing', []],
    ['with a link missing', ['leaf']],
    ['in the wrong order', ['intermediate', 'leaf']],
    ['of an authority only', ['intermediate']],
    ['through a certificate of no authority', ['under-no-authority', 'not-an-authority']],
    ['through an expired certificate', ['under-expired', 'expired-intermediate']],
    ['through an authority that did not sign', ['leaf', 'root']],
    ['through an authority of another name', ['misnamed-issuer', 'intermediate']],
    ['through an authority whose key is of an unknown kind', ['leaf', 'unknown-key']],
  ])('WA-REG-16 refuses a chain %s', (_what, names) => {
    expect(isTrusted(names)).toBe(false)
  })

  test('F-15 refuses a chain that ends in a root of its own, even one of the same name', () => {
    expect(isTrusted(['self-signed'])).toBe(false)
    expect(isTrusted(['self-signed', 'self-signed'])).toBe(false)
    expect(isTrusted(['leaf', 'intermediate', 'root'], ['other-root'])).toBe(false)
    expect(isTrusted(['other-root'])).toBe(false)
  })

  test('WA-REG-16 refuses a root that has expired', () => {
    expect(isTrusted(['under-expired'], ['expired-intermediate'])).toBe(false)
    expect(isTrusted(['under-expired'], ['expired-intermediate'], Date.UTC(2020, 5, 1))).toBe(true)
  })

  test('F-15 refuses a root in the place of an authenticator', () => {
    expect(isTrusted(['root'])).toBe(false)
    expect(isTrusted(['root', 'root'])).toBe(false)
  })

  test('goes by the time that it is given', () => {
    expect(isTrusted(['leaf', 'intermediate'], ['root'], Date.UTC(2019, 11, 31))).toBe(false)
    expect(isTrusted(['leaf', 'intermediate'], ['root'], Date.UTC(2050, 0, 1))).toBe(false)
  })

  test('refuses bytes that are no certificate', () => {
    const roots = [new X509Certificate(pem('root'))]

    expect(isTrustedChain({ certificates: [Buffer.from('3000', 'hex')], roots, now: NOW })).toBe(false)
  })
})

describe('parseRoot', () => {
  test('reads the certificate of an authority', () => {
    expect(parseRoot(pem('root'))?.subject).toBe('CN=Test root')
  })

  test.each([
    ['a certificate of no authority', pem('leaf')],
    ['two certificates', pem('root') + pem('other-root')],
    ['no certificate', 'root.pem'],
    ['a broken certificate', pem('root').replace(/M/g, 'A')],
    ['bytes', Buffer.from(pem('root'))],
  ])('refuses %s', (_what, text) => {
    expect(parseRoot(text)).toBeUndefined()
  })
})
