import { existsSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { openNote, signNote } from './note.ts'
import { testKey, testSigner } from '../../test/test-key.ts'
import { ed25519Signer, formatVerifierKey, parseVerifierKey } from './note-key.ts'

const TEXT = 'audit.example.com\n3\nroot\n'
const ours = testSigner('audit.example.com', 1)
const theirs = testSigner('witness.example.com', 2)
const ourKey = parseVerifierKey(formatVerifierKey('audit.example.com', testKey(1).publicKey))
const theirKey = parseVerifierKey(formatVerifierKey('witness.example.com', testKey(2).publicKey))
const code = (value: string): unknown => expect.objectContaining({ code: value })
const vectors = new URL('../../../../../shared/vectors/signed-note/vectors.json', import.meta.url)

describe('signNote', () => {
  test('puts one signature line per signer below an empty line', async () => {
    const note = await signNote(TEXT, [ours, theirs])

    expect(note).toMatch(/^audit\.example\.com\n3\nroot\n\n— audit\.example\.com \S+\n— witness\.example\.com \S+\n$/)
  })

  test('refuses a text without last newline, with control characters or that UTF-8 cannot hold', async () => {
    await expect(signNote('text', [ours])).rejects.toEqual(code('ERR_TLOG_NOTE_MALFORMED'))
    await expect(signNote('a\tb\n', [ours])).rejects.toEqual(code('ERR_TLOG_NOTE_MALFORMED'))
    await expect(signNote('a\r\n', [ours])).rejects.toEqual(code('ERR_TLOG_NOTE_MALFORMED'))
    await expect(signNote('\ud800\n', [ours])).rejects.toEqual(code('ERR_TLOG_NOTE_MALFORMED'))
  })

  test('refuses no signers, too many signers and a signer with a bad name', async () => {
    await expect(signNote(TEXT, [])).rejects.toEqual(code('ERR_TLOG_NOTE_MALFORMED'))
    await expect(
      signNote(
        TEXT,
        Array.from({ length: 65 }, () => ours),
      ),
    ).rejects.toEqual(code('ERR_TLOG_NOTE_MALFORMED'))
    await expect(signNote(TEXT, [{ ...ours, name: 'a b' }])).rejects.toEqual(code('ERR_TLOG_NOTE_MALFORMED'))
  })

  test('refuses a text above 1 MB', async () => {
    await expect(signNote(`${'a'.repeat(1_000_000)}\n`, [ours])).rejects.toEqual(code('ERR_TLOG_NOTE_MALFORMED'))
  })
})

describe('openNote', () => {
  test('gives back what was signed and by whom', async () => {
    const opened = openNote(await signNote(TEXT, [ours, theirs]), [ourKey])

    expect(opened.text).toBe(TEXT)
    expect(opened.verified.map((signature) => signature.name)).toEqual(['audit.example.com'])
    expect(opened.unverified.map((signature) => signature.name)).toEqual(['witness.example.com'])
  })

  test('gives back any text that can be signed', async () => {
    const text = fc.string({ unit: 'grapheme' }).map((value) => `${value.replaceAll(/[\p{Cc}\p{Cs}]/gu, '\n')}\n`)
    await fc.assert(
      fc.asyncProperty(text, async (value) => {
        expect(openNote(await signNote(value, [ours]), [ourKey]).text).toBe(value)
      }),
    )
  })

  test('LOG-08 never opens a note in which any one character was changed', async () => {
    const note = await signNote(TEXT, [ours])
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: note.length - 1 }), fc.integer({ min: 1, max: 127 }), async (at, mask) => {
        const character = String.fromCharCode(note.charCodeAt(at) ^ mask)
        const changed = note.slice(0, at) + character + note.slice(at + 1)
        expect(() => openNote(changed, [ourKey])).toThrow(expect.objectContaining({ name: 'TlogError' }))
      }),
      { numRuns: 500 },
    )
  })

  test('counts two signatures of one key once', async () => {
    const opened = openNote(await signNote(TEXT, [ours, ours, theirs, theirs]), [ourKey])

    expect(opened.verified).toHaveLength(1)
    expect(opened.unverified).toHaveLength(1)
  })

  test('refuses a note when one signature of a known key is bad, good ones beside it or not', async () => {
    const good = await signNote(TEXT, [ours, theirs])
    const other = await signNote('another text\n', [theirs])
    const bad = good.replace(/— witness.*\n/, /— witness.*\n/.exec(other)?.[0] ?? '')

    expect(() => openNote(bad, [ourKey, theirKey])).toThrow(code('ERR_TLOG_NOTE_BAD_SIGNATURE'))
    expect(openNote(bad, [ourKey]).verified).toHaveLength(1)
  })

  test('refuses a note that no known key has signed', async () => {
    const note = await signNote(TEXT, [theirs])

    expect(() => openNote(note, [ourKey])).toThrow(code('ERR_TLOG_NOTE_UNSIGNED'))
    expect(() => openNote(note, [])).toThrow(code('ERR_TLOG_NOTE_UNSIGNED'))
  })

  test('does not take a stranger who uses our name for us', async () => {
    const note = await signNote(TEXT, [testSigner('audit.example.com', 9)])

    expect(() => openNote(note, [ourKey])).toThrow(code('ERR_TLOG_NOTE_UNSIGNED'))
  })

  test('accepts 64 signature lines and refuses 65', async () => {
    const note = await signNote(TEXT, [ours])
    const line = note.slice(note.indexOf('—'))

    expect(openNote(note + line.repeat(63), [ourKey]).verified).toHaveLength(1)
    expect(() => openNote(note + line.repeat(64), [ourKey])).toThrow(code('ERR_TLOG_NOTE_MALFORMED'))
  })

  test('refuses a note above 1 MB', () => {
    expect(() => openNote(`${'€'.repeat(400_000)}\n\n— a b\n`, [ourKey])).toThrow(code('ERR_TLOG_NOTE_MALFORMED'))
  })
})

const present = existsSync(vectors)
describe.skipIf(!present)('public signed notes (not run where the vectors folder is not present)', () => {
  const published = present ? JSON.parse(readFileSync(vectors, 'utf8')) : {}

  test('open with as many good signatures as published', () => {
    for (const { note, vkeys, verified, unverified = 0 } of published.valid) {
      const opened = openNote(note, vkeys.map(parseVerifierKey))
      expect([opened.verified.length, opened.unverified.length]).toEqual([verified, unverified])
    }
  })

  test('are signed byte for byte as published', async () => {
    const { published_test_skey: secret, text, expected_note: expected } = published.sign
    const [, , name, , base64] = secret.split('+', 5)
    const typed = Buffer.from(secret.slice(secret.lastIndexOf(`+${base64}`) + 1), 'base64')
    const key = testKey(typed.subarray(1))

    await expect(signNote(text, [ed25519Signer(name, key.publicKey, key.sign)])).resolves.toBe(expected)
  })

  test('are refused when malformed', () => {
    const [key] = published.valid[0].vkeys
    for (const note of published.reject_malformed) {
      expect(() => openNote(note, [parseVerifierKey(key)])).toThrow(code('ERR_TLOG_NOTE_MALFORMED'))
    }
  })

  test('are refused when the signature is bad', () => {
    const { note, vkeys } = published.reject_bad_signature
    expect(() => openNote(note, vkeys.map(parseVerifierKey))).toThrow(code('ERR_TLOG_NOTE_BAD_SIGNATURE'))
  })

  test('have keys of which every part and every changed byte is refused', () => {
    const refused = code('ERR_TLOG_KEY_MALFORMED')
    const [key] = published.valid[0].vkeys
    const parts = Array.from({ length: key.length }, (_, at) => [key.slice(0, at), key.slice(at + 1)]).flat()
    const changed = Array.from({ length: key.length }, (_, at) => {
      return key.slice(0, at) + String.fromCharCode(key.charCodeAt(at) + 1) + key.slice(at + 1)
    })

    for (const text of [...parts, ...changed, ...published.reject_vkeys]) {
      expect(() => parseVerifierKey(text)).toThrow(refused)
    }
  })
})
