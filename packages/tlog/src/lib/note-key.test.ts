import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { testKey } from '../../test/test-key.ts'
import { ed25519Signer, formatVerifierKey, parseVerifierKey } from './note-key.ts'

const refused = expect.objectContaining({ code: 'ERR_TLOG_KEY_MALFORMED' })

describe('formatVerifierKey and parseVerifierKey', () => {
  test('agree on name and key id for any key', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z][a-z0-9./-]{0,40}$/), fc.integer({ min: 0, max: 255 }), (name, seed) => {
        const text = formatVerifierKey(name, testKey(seed).publicKey)
        const verifier = parseVerifierKey(text)

        expect(verifier.name).toBe(name)
        expect(text).toContain(`+${verifier.keyId.toString(16).padStart(8, '0')}+`)
      }),
    )
  })

  test('refuse a name with white space or a plus sign, and a key that is not 32 bytes', () => {
    const { publicKey } = testKey(1)

    expect(() => formatVerifierKey('a b', publicKey)).toThrow(refused)
    expect(() => formatVerifierKey('a\u00a0b', publicKey)).toThrow(refused)
    expect(() => formatVerifierKey('a+b', publicKey)).toThrow(refused)
    expect(() => formatVerifierKey('', publicKey)).toThrow(refused)
    expect(() => formatVerifierKey('a', publicKey.subarray(1))).toThrow(refused)
  })

  test('refuse a key id that belongs to another name', () => {
    const text = formatVerifierKey('a.example', testKey(1).publicKey)

    expect(() => parseVerifierKey(text.replace('a.example', 'b.example'))).toThrow(refused)
  })

  test('judge a signature of the wrong length as bad instead of throwing', () => {
    const verifier = parseVerifierKey(formatVerifierKey('a.example', testKey(1).publicKey))

    expect(verifier.verify(Buffer.from('text'), new Uint8Array(63))).toBe(false)
    expect(verifier.verify(Buffer.from('text'), new Uint8Array())).toBe(false)
  })
})

describe('ed25519Signer', () => {
  test('rejects when the signing key is not the named one', async () => {
    const signer = ed25519Signer('a.example', testKey(1).publicKey, testKey(2).sign)

    await expect(signer.sign(Buffer.from('text\n'))).rejects.toEqual(
      expect.objectContaining({ code: 'ERR_TLOG_NOTE_BAD_SIGNATURE' }),
    )
  })
})
