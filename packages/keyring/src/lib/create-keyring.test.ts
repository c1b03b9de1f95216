import { createPublicKey, verify } from 'node:crypto'
import { inspect } from 'node:util'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { keyMaterial } from '../../test/key-material.ts'
import { createKeyring } from './create-keyring.ts'

const older = keyMaterial(1)
const newer = keyMaterial(101)
const keyring = createKeyring({ keys: older })
const rotated = createKeyring({ keys: [...older, ...newer] })
const bytes = fc.uint8Array({ maxLength: 200 })
const code = (value: string): unknown => expect.objectContaining({ code: value })

describe('seal and unseal', () => {
  test('are inverses', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ minLength: 1, maxLength: 30 }), bytes, async (context, plaintext) => {
        const opened = await keyring.unseal(context, await keyring.seal(context, plaintext))
        expect(Uint8Array.from(opened)).toEqual(plaintext)
      }),
    )
  })

  test('refuse a sealed text in which any one character was changed, left out or doubled', async () => {
    const sealed = await keyring.seal('step-up.stash', Buffer.from('a form the user has filled in'))
    const alphabet = fc.stringMatching(/^[A-Za-z0-9_.=+/ -]$/)
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: sealed.length - 1 }), alphabet, fc.nat({ max: 2 }), async (at, other, kind) => {
        const replacement = ['', sealed.charAt(at).repeat(2), other][kind] ?? ''
        const changed = sealed.slice(0, at) + replacement + sealed.slice(at + 1)
        fc.pre(changed !== sealed)
        await expect(keyring.unseal('step-up.stash', changed)).rejects.toEqual(code('ERR_KEYRING_UNSEAL'))
      }),
      { numRuns: 500 },
    )
  })

  test('v5.0.0-11.3.1 v5.0.0-11.3.2 v5.0.0-11.3.3 refuse every single flipped bit of nonce, ciphertext and tag', async () => {
    const [id = '', base64url = ''] = (await keyring.seal('a', Buffer.from('secret'))).split('.')
    const box = Buffer.from(base64url, 'base64url')
    for (let bit = 0; bit < box.length * 8; bit++) {
      const changed = box.map((byte, at) => (at === Math.floor(bit / 8) ? byte ^ (1 << (bit % 8)) : byte))
      const text = `${id}.${Buffer.from(changed).toString('base64url')}`
      await expect(keyring.unseal('a', text)).rejects.toEqual(code('ERR_KEYRING_UNSEAL'))
    }
  })

  test('F-26 refuse what was sealed for another purpose, whichever two are swapped', async () => {
    const contexts = ['oidc.transaction', 'step-up.stash', 'session', 'totp.secret', 'totp', '.secret', 'totp.secre']
    for (const made of contexts) {
      const sealed = await keyring.seal(made, Buffer.from('value'))
      for (const asked of contexts.filter((context) => context !== made)) {
        await expect(keyring.unseal(asked, sealed)).rejects.toEqual(code('ERR_KEYRING_UNSEAL'))
      }
    }
  })

  test('v5.0.0-11.3.4 never give the same text twice', async () => {
    const sealed = await Promise.all(Array.from({ length: 1_000 }, () => keyring.seal('a', Buffer.from('value'))))

    expect(new Set(sealed).size).toBe(1_000)
  })

  test('v5.0.0-11.2.2 read after a rotation what the older key sealed, and seal with the newer one', async () => {
    const sealed = await keyring.seal('a', Buffer.from('value'))

    expect(Buffer.from(await rotated.unseal('a', sealed)).toString()).toBe('value')
    expect(await rotated.seal('a', Buffer.from('value'))).toMatch(/^e0000101\./)
  })

  test('v5.0.0-11.2.5 refuse a text of a key that is not there, without telling so', async () => {
    const sealed = await rotated.seal('a', Buffer.from('value'))
    const unknown: unknown = await keyring.unseal('a', sealed).catch((error: unknown) => error)
    const altered: unknown = await rotated.unseal('a', `${sealed}AAAA`).catch((error: unknown) => error)

    expect(unknown).toEqual(code('ERR_KEYRING_UNSEAL'))
    expect(String(unknown)).toBe(String(altered))
  })

  test('refuse another key id in front of the same bytes', async () => {
    const twins = older.map((key) => ({ ...key, id: key.id.replace('0', 'x') }))
    const sealed = await keyring.seal('a', Buffer.from('value'))

    const both = createKeyring({ keys: [...older, ...twins] })
    await expect(both.unseal('a', sealed.replace('0', 'x'))).rejects.toEqual(code('ERR_KEYRING_UNSEAL'))
  })

  test('work for many more contexts than are kept in memory', async () => {
    const contexts = Array.from({ length: 600 }, (_, index) => `context-${index}`)
    const sealed = await Promise.all(contexts.map((context) => keyring.seal(context, Buffer.from(context))))
    const opened = await Promise.all(contexts.map((context, at) => keyring.unseal(context, sealed[at] ?? '')))

    expect(opened.map((plaintext) => Buffer.from(plaintext).toString())).toEqual(contexts)
  })

  test('refuse contexts and values out of bounds before any work', async () => {
    await expect(keyring.seal('', new Uint8Array())).rejects.toEqual(code('ERR_KEYRING_INPUT'))
    await expect(keyring.seal('a'.repeat(201), new Uint8Array())).rejects.toEqual(code('ERR_KEYRING_INPUT'))
    await expect(keyring.seal('\ud800', new Uint8Array())).rejects.toEqual(code('ERR_KEYRING_INPUT'))
    await expect(keyring.seal('a', new Uint8Array(1_048_577))).rejects.toEqual(code('ERR_KEYRING_INPUT'))
    await expect(keyring.unseal('a', 'x'.repeat(5_000_000))).rejects.toEqual(code('ERR_KEYRING_UNSEAL'))
  })
})

describe('pseudonym and pseudonyms', () => {
  test('name the key and 128 bits, always the same for the same value', async () => {
    const pseudonym = await keyring.pseudonym('audit.actor', 'user-1')

    expect(pseudonym).toMatch(/^p0000001\.[A-Za-z0-9_-]{22}$/)
    expect(await keyring.pseudonym('audit.actor', 'user-1')).toBe(pseudonym)
  })

  test('differ when context or value differ, wherever the border between them is', async () => {
    const text = fc.string({ minLength: 1, maxLength: 12 })
    await fc.assert(
      fc.asyncProperty(fc.tuple(text, text), fc.tuple(text, text), async (one, other) => {
        const same = one[0] === other[0] && one[1] === other[1]
        const [a, b] = [await keyring.pseudonym(...one), await keyring.pseudonym(...other)]
        expect(a === b).toBe(same)
      }),
    )
    expect(await keyring.pseudonym('ab', 'c')).not.toBe(await keyring.pseudonym('a', 'bc'))
  })

  test('span rotations: the newest first, the older ones still there', async () => {
    const before = await keyring.pseudonym('audit.actor', 'user-1')
    const all = await rotated.pseudonyms('audit.actor', 'user-1')

    expect(all).toEqual([await rotated.pseudonym('audit.actor', 'user-1'), before])
  })

  test('refuse values that no UTF-8 text can tell apart, and very long ones', async () => {
    await expect(keyring.pseudonym('a', '\udc00')).rejects.toEqual(code('ERR_KEYRING_INPUT'))
    await expect(keyring.pseudonyms('a', 'x'.repeat(4_097))).rejects.toEqual(code('ERR_KEYRING_INPUT'))
  })
})

describe('sign and publicKeys', () => {
  test('sign with the key that stands first among the public keys', async () => {
    const message = Buffer.from('checkpoint')
    const [publicKey = new Uint8Array()] = await rotated.publicKeys()
    const der = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), publicKey])
    const key = createPublicKey({ key: der, format: 'der', type: 'spki' })

    expect(verify(null, message, key, await rotated.sign(message))).toBe(true)
  })

  test('sign with an older key when it is asked for by its public key, and with no other', async () => {
    const message = Buffer.from('manifest')
    const [, older = new Uint8Array()] = await rotated.publicKeys()

    expect(await rotated.sign(message, older)).toEqual(await keyring.sign(message))
    await expect(rotated.sign(message, new Uint8Array(32))).rejects.toEqual(code('ERR_KEYRING_KEYS'))
  })

  test('keep the older public keys, for verifying what they signed', async () => {
    const [oldest] = await keyring.publicKeys()

    expect((await rotated.publicKeys())[1]).toEqual(oldest)
  })
})

describe('createKeyring', () => {
  test('refuses keys and functions together, neither, and unknown options', () => {
    const functions = { seal: never, unseal: never, pseudonym: never, sign: never, publicKeys: never }

    expect(() => createKeyring({})).toThrow(code('ERR_KEYRING_INPUT'))
    expect(() => createKeyring({ keys: older, functions })).toThrow(code('ERR_KEYRING_INPUT'))
    expect(() => createKeyring(Object.assign({ keys: older }, { kys: [] }))).toThrow(/did you mean "keys"/)
  })

  test('v5.0.0-11.2.3 refuses a purpose without a key, a wrong length, a bad id and two keys with one id', () => {
    const [seal = key(), ...others] = older

    expect(() => createKeyring({ keys: others })).toThrow(code('ERR_KEYRING_KEYS'))
    expect(() => createKeyring({ keys: [{ ...seal, secret: Buffer.alloc(31) }, ...others] })).toThrow(
      code('ERR_KEYRING_KEYS'),
    )
    expect(() => createKeyring({ keys: [{ ...seal, id: 'short' }, ...others] })).toThrow(code('ERR_KEYRING_KEYS'))
    expect(() => createKeyring({ keys: [...older, seal] })).toThrow(code('ERR_KEYRING_KEYS'))
  })

  test('holds copies: the caller may overwrite its bytes', async () => {
    const keys = keyMaterial(7)
    const copied = createKeyring({ keys })
    const sealed = await copied.seal('a', Buffer.from('value'))
    for (const { secret } of keys) secret.fill(0)

    expect(Buffer.from(await copied.unseal('a', sealed)).toString()).toBe('value')
    expect(await createKeyring({ keys: keyMaterial(7) }).pseudonym('a', 'b')).toBe(await copied.pseudonym('a', 'b'))
  })

  test('shows no secret when it is printed or turned into JSON', () => {
    const printed = inspect(keyring, { depth: 20, showHidden: true }) + JSON.stringify(keyring)

    expect(printed).not.toMatch(/01 01 01|AQEB|0101/)
  })
})

function key(): never {
  throw new Error('no key')
}

async function never(): Promise<never> {
  throw new Error('not called')
}
