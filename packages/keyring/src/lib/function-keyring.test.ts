import { describe, expect, test } from 'vitest'
import { keyMaterial } from '../../test/key-material.ts'
import { createKeyring } from './create-keyring.ts'
import type { KeyringFunctions } from './function-keyring.ts'

const code = (value: string): unknown => expect.objectContaining({ code: value })
const local = createKeyring({ keys: keyMaterial(1) })

/** A key service that keeps its keys to itself, as a KMS does. */
const service: KeyringFunctions = {
  seal: async (context, plaintext) => Buffer.from(await local.seal(context, plaintext)),
  unseal: async (context, sealed) => local.unseal(context, Buffer.from(sealed).toString()),
  pseudonym: async (input) => [
    { keyId: 'epoch2', mac: Buffer.concat([input, Buffer.alloc(32)]).subarray(0, 32) },
    { keyId: 'epoch1', mac: Buffer.alloc(32, 1) },
  ],
  sign: async (message) => local.sign(message),
  publicKeys: async () => local.publicKeys(),
}

/** What clients of key services give by mistake. Some are as long as what was promised. */
const NO_BYTES: readonly (readonly [what: string, answer: unknown])[] = [
  ['null', null],
  ['a text', 'A'.repeat(32)],
  ['a number', 64],
  ['the envelope of an answer', { Plaintext: new Uint8Array(32), length: 64 }],
  ['a list of numbers', Array.from({ length: 64 }, () => 1)],
  ['a buffer without a view', new ArrayBuffer(32)],
]

/** A service that gives the same whatever it is asked for, as one may that is not written in TypeScript. */
function answering(answer: unknown): KeyringFunctions {
  const give = async (): Promise<unknown> => answer
  return Object.assign({ ...service }, { seal: give, unseal: give, pseudonym: give, sign: give, publicKeys: give })
}

function codeOf(error: unknown): unknown {
  return Reflect.get(Object(error), 'code')
}

describe('createKeyring with functions', () => {
  test('v5.0.0-13.3.1 seals and unseals through the service', async () => {
    const keyring = createKeyring({ functions: service })
    const sealed = await keyring.seal('a', Buffer.from('value'))

    expect(sealed).toMatch(/^service\.[A-Za-z0-9_-]+$/)
    expect(Buffer.from(await keyring.unseal('a', sealed)).toString()).toBe('value')
  })

  test('says nothing of why the service did not unseal', async () => {
    const [refusing, speaking] = [
      createKeyring({ functions: { ...service, unseal: async () => undefined } }),
      createKeyring({ functions: service }),
    ]

    await expect(refusing.unseal('a', 'service.AAAA')).rejects.toEqual(code('ERR_KEYRING_UNSEAL'))
    await expect(speaking.unseal('a', 'service.AAAA')).rejects.toEqual(code('ERR_KEYRING_UNSEAL'))
    await expect(speaking.unseal('a', 'service.AAAA')).rejects.not.toHaveProperty('cause')
  })

  test('v5.0.0-16.5.2 tells a service that could not be asked from a value that is not its own', async () => {
    const outage = new Error('503 Service Unavailable')
    const keyring = createKeyring({ functions: { ...service, unseal: async () => Promise.reject(outage) } })
    const sealed = await keyring.seal('a', Buffer.from('value'))

    await expect(keyring.unseal('a', sealed)).rejects.toMatchObject({ code: 'ERR_KEYRING_UNAVAILABLE', cause: outage })
    await expect(keyring.unseal('a', 'e0000001.AAAA')).rejects.toEqual(code('ERR_KEYRING_UNSEAL'))
  })

  test('refuses a text that is not its own without asking the service', async () => {
    const keyring = createKeyring({ functions: { ...service, unseal: async () => Buffer.from('asked') } })

    await expect(keyring.unseal('a', 'e0000001.AAAA')).rejects.toEqual(code('ERR_KEYRING_UNSEAL'))
    await expect(keyring.unseal('a', 'no sealed text')).rejects.toEqual(code('ERR_KEYRING_UNSEAL'))
  })

  test('gives pseudonyms of 128 bits under every key, the newest first', async () => {
    const pseudonyms = await createKeyring({ functions: service }).pseudonyms('audit.actor', 'user-1')

    expect(pseudonyms).toHaveLength(2)
    expect(pseudonyms[0]).toMatch(/^epoch2\.[A-Za-z0-9_-]{22}$/)
    expect(await createKeyring({ functions: service }).pseudonym('audit.actor', 'user-1')).toBe(pseudonyms[0])
  })

  test('gives signature and public keys as the service does', async () => {
    const keyring = createKeyring({ functions: service })

    expect(await keyring.sign(Buffer.from('a'))).toHaveLength(64)
    expect(await keyring.publicKeys()).toEqual(await local.publicKeys())
  })

  test('tells the service which key is to sign, the newest unless another is named', async () => {
    const asked: Uint8Array[] = []
    const sign: KeyringFunctions['sign'] = async (message, key) => {
      asked.push(key)
      return local.sign(message)
    }
    const keyring = createKeyring({ functions: { ...service, sign } })
    const older = new Uint8Array(32)
    await keyring.sign(Buffer.from('a'))
    await keyring.sign(Buffer.from('a'), older)

    expect(asked).toEqual([...(await local.publicKeys()), older])
  })

  test('refuses answers that are too short or empty', async () => {
    const broken = createKeyring({
      functions: {
        seal: async () => new Uint8Array(),
        unseal: service.unseal,
        pseudonym: async () => [{ keyId: 'epoch1', mac: new Uint8Array(15) }],
        sign: async () => new Uint8Array(63),
        publicKeys: async () => [],
      },
    })

    await expect(broken.seal('a', new Uint8Array(1))).rejects.toEqual(code('ERR_KEYRING_KEYS'))
    await expect(broken.pseudonym('a', 'b')).rejects.toEqual(code('ERR_KEYRING_KEYS'))
    await expect(broken.sign(new Uint8Array(1))).rejects.toEqual(code('ERR_KEYRING_KEYS'))
    await expect(broken.publicKeys()).rejects.toEqual(code('ERR_KEYRING_KEYS'))
  })

  test.each(NO_BYTES)('v5.0.0-16.5.2 takes what is no bytes for no word on the value: %s', async (_what, answer) => {
    const keyring = createKeyring({ functions: { ...service, ...answering(answer) } })

    await expect(keyring.unseal('a', 'service.AAAA')).rejects.toEqual(code('ERR_KEYRING_UNAVAILABLE'))
  })

  test.each([['nothing', undefined] as const, ...NO_BYTES])(
    'refuses what is no bytes everywhere else: %s',
    async (_what, answer) => {
      const broken = createKeyring({ functions: answering(answer) })
      const inside = createKeyring({ functions: answering([answer]) })
      const mac = createKeyring({ functions: answering([{ keyId: 'epoch1', mac: answer }]) })

      const codes = await Promise.all(
        [
          broken.seal('a', new Uint8Array(1)),
          broken.pseudonym('a', 'b'),
          inside.pseudonym('a', 'b'),
          mac.pseudonym('a', 'b'),
          broken.sign(new Uint8Array(1), new Uint8Array(32)),
          broken.publicKeys(),
          inside.publicKeys(),
        ].map((asked) => asked.then(String, codeOf)),
      )

      expect(new Set(codes)).toEqual(new Set(['ERR_KEYRING_KEYS']))
    },
  )

  test('keeps an empty value apart from none', async () => {
    const keyring = createKeyring({ functions: service })

    expect(await keyring.unseal('a', await keyring.seal('a', new Uint8Array()))).toHaveLength(0)
  })
})
