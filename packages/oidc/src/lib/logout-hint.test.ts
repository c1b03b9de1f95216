import { describe, expect, test } from 'vitest'
import { createTestKeyring } from '../../test/world.ts'
import { createLogoutHints } from './logout-hint.ts'
import type { LogoutHint, LogoutHintParts, LogoutHints } from './logout-hint.ts'

const HINT: LogoutHint = { lineage: 'one', issuer: 'https://id.example', idToken: 'e30.e30.e30' }

interface Jar {
  readonly hints: LogoutHints
  readonly set: string[]
  keep(hint: LogoutHint): Promise<void>
  take(lineage: string, header?: string): Promise<LogoutHint | undefined>
}

function open(parts: Partial<LogoutHintParts> = {}): Jar {
  const hints = createLogoutHints({ keyring: createTestKeyring(), secure: true, path: '/auth/logout', ...parts })
  const set: string[] = []
  const exchange = (header?: string): Parameters<LogoutHints['keep']>[0] => ({
    header,
    set: (cookie) => void set.push(cookie),
  })
  return {
    hints,
    set,
    keep: (hint) => hints.keep(exchange(), hint),
    take: (lineage, header = set.at(-1)?.split(';')[0]) => hints.take(exchange(header), lineage),
  }
}

describe('createLogoutHints', () => {
  test('RPL-01 v5.0.0-3.3.1 keeps the ID token in a sealed cookie that comes with the logout only', async () => {
    const jar = open()

    await jar.keep(HINT)

    expect(jar.set[0]).toMatch(
      /^__Secure-sallyport-hint=[\w.-]+; Path=\/auth\/logout; HttpOnly; SameSite=Strict; Secure$/,
    )
    expect(jar.set[0]).not.toContain('e30')
    expect(await jar.take('one')).toEqual(HINT)
  })

  test('takes it out of the browser with the first look, whosever it is', async () => {
    const jar = open({ secure: false })
    await jar.keep(HINT)

    await jar.take('another')

    expect(jar.set[1]).toBe('sallyport-hint=; Path=/auth/logout; Max-Age=0; HttpOnly; SameSite=Strict')
  })

  test('gives nothing for another session', async () => {
    const jar = open()
    await jar.keep(HINT)

    expect(await jar.take('another')).toBeUndefined()
  })

  test('F-26 gives nothing for what was sealed as anything else, or by nobody', async () => {
    const keyring = createTestKeyring()
    const jar = open({ keyring })
    const sealed = await keyring.seal('oidc.transaction', new TextEncoder().encode(JSON.stringify(HINT)))

    expect([
      await jar.take('one', `__Secure-sallyport-hint=${sealed}`),
      await jar.take('one', '__Secure-sallyport-hint=x'),
      await jar.take('one', '__Secure-sallyport-hint-2=x'),
      await jar.take('one', ''),
    ]).toEqual([undefined, undefined, undefined, undefined])
  })

  test('keeps nothing of an ID token that is too long for a cookie', async () => {
    const jar = open()

    await jar.keep({ ...HINT, idToken: 'a'.repeat(4_000) })

    expect(jar.set).toEqual([])
  })

  test('keeps nothing when it is off, and takes out what was kept before, without giving it', async () => {
    const keyring = createTestKeyring()
    const before = open({ keyring })
    await before.keep(HINT)
    const jar = open({ keyring, keeps: false })

    await jar.keep(HINT)
    const kept = jar.set.length
    const taken = await jar.take('one', before.set[0]?.split(';')[0])

    expect([kept, taken, jar.set.length]).toEqual([0, undefined, 1])
    expect(jar.set[0]).toContain('Max-Age=0')
  })

  test('keeps nothing while keys cannot be asked, and nobody from signing in', async () => {
    const down = (): Promise<never> => Promise.reject(new Error('The key service is down'))
    const jar = open({ keyring: { ...createTestKeyring(), seal: down } })

    await jar.keep(HINT)

    expect(jar.set).toEqual([])
  })
})
