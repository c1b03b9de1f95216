import { verify } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { mlDsaKey } from '../../test/ml-dsa.ts'
import { testCosigner, testCosignerKey } from '../../test/test-cosigner.ts'
import { testKey, testSigner } from '../../test/test-key.ts'
import { mlDsa44Message } from './cosignature-message.ts'
import { cosignatureTime, formatCosignerKey, parseCosignerKey } from './cosigner-key.ts'
import { parseCheckpoint } from './checkpoint.ts'
import { ed25519Cosigner } from './ed25519-cosigner.ts'
import { formatVerifierKey, parseVerifierKey } from './note-key.ts'
import { openNote, signNote } from './note.ts'
import { formatSignatures } from './merge-signatures.ts'

const TEXT = 'test\n123\nf+7CoKgXKE/tNys9TTXcr/ad6U/K3xvznmzew9y6SP0=\n'
const W1 = 'witness.example/w1'
const code = (value: string): unknown => expect.objectContaining({ code: value })
const verifier = parseCosignerKey(testCosignerKey(W1, 1))

describe('a cosigner key', () => {
  test('is parsed exactly as it was formatted, for any name and key', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z][a-z0-9./-]{0,40}$/), fc.integer({ min: 0, max: 255 }), (name, seed) => {
        const text = formatCosignerKey(name, testKey(seed).publicKey)
        const parsed = parseCosignerKey(text)

        expect(parsed.name).toBe(name)
        expect(text).toContain(`+${parsed.keyId.toString(16).padStart(8, '0')}+B`)
      }),
    )
  })

  test('is refused with any one character changed', () => {
    const text = testCosignerKey(W1, 1)
    fc.assert(
      fc.property(fc.nat({ max: text.length - 1 }), fc.integer({ min: 1, max: 127 }), (at, mask) => {
        const changed = text.slice(0, at) + String.fromCharCode(text.charCodeAt(at) ^ mask) + text.slice(at + 1)
        expect(() => parseCosignerKey(changed)).toThrow(code('ERR_TLOG_KEY_MALFORMED'))
      }),
    )
  })

  test('is read as published', () => {
    // transparency-dev/formats, note/note_cosigv1_test.go
    const published = 'remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2'

    expect(parseCosignerKey(published)).toMatchObject({ name: 'remora.n621.de', keyId: 0xda77ade7 })
  })

  test('is not the key of a log, nor is a log key that of a cosigner', () => {
    const log = formatVerifierKey(W1, testKey(1).publicKey)

    expect(() => parseCosignerKey(log)).toThrow(code('ERR_TLOG_KEY_MALFORMED'))
    expect(() => parseVerifierKey(testCosignerKey(W1, 1))).toThrow(code('ERR_TLOG_KEY_MALFORMED'))
  })

  test('is refused for a key of another length', () => {
    expect(() => formatCosignerKey(W1, new Uint8Array(31))).toThrow(code('ERR_TLOG_KEY_MALFORMED'))
    expect(() => formatCosignerKey(W1, new Uint8Array(1311))).toThrow(code('ERR_TLOG_KEY_MALFORMED'))
  })
})

describe('an Ed25519 cosignature', () => {
  test('signs header, time and the whole checkpoint with its extension lines', async () => {
    const text = `${TEXT}extension 1\n`
    const [line] = openNote(await signNote(text, [testCosigner(W1, 1)]), [verifier]).verified
    const signed = `cosignature/v1\ntime 1679315147\n${text}`
    const key = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), testKey(1).publicKey])

    expect(line?.signature).toHaveLength(72)
    expect(
      verify(null, Buffer.from(signed), { key, format: 'der', type: 'spki' }, line?.signature.subarray(8) ?? key),
    ).toBe(true)
  })

  test('says when it was made, in whole seconds', async () => {
    const [line] = openNote(await signNote(TEXT, [testCosigner(W1, 1)]), [verifier]).verified

    expect(line === undefined ? undefined : cosignatureTime(line)).toBe(1_679_315_147)
  })

  test('has a time that is read as published', () => {
    // transparency-dev/formats, note/note_cosigv1_test.go: without its key id
    const bytes = Buffer.from(
      'ZGhGuQAAAABm/qTPeyKXD+R2rzyQsxPiP8mXum7qq/iF0u4vanlqJyocWODBt97w9uL+8qT7S5gxEHWWOworDcFiEBYJXORmnFBOBA==',
      'base64',
    )
    const of = (signature: Uint8Array): number => cosignatureTime({ name: 'w', keyId: 0, signature })

    expect(of(bytes.subarray(4))).toBe(1_727_964_367)
    expect(() => of(bytes.subarray(4, 68))).toThrow(code('ERR_TLOG_KEY_MALFORMED'))
  })

  test('never holds for a note in which any one character was changed', async () => {
    const note = await signNote(TEXT, [testCosigner(W1, 1)])
    fc.assert(
      fc.property(fc.nat({ max: note.length - 1 }), fc.integer({ min: 1, max: 127 }), (at, mask) => {
        const changed = note.slice(0, at) + String.fromCharCode(note.charCodeAt(at) ^ mask) + note.slice(at + 1)
        expect(() => openNote(changed, [verifier])).toThrow(expect.objectContaining({ name: 'TlogError' }))
      }),
      { numRuns: 500 },
    )
  })

  test('is not a log signature of the same key, nor the other way round', async () => {
    const plain = await signNote(TEXT, [testSigner(W1, 1)])
    const [signature] = openNote(plain, [parseVerifierKey(formatVerifierKey(W1, testKey(1).publicKey))]).verified
    const posing = `${TEXT}\n${formatSignatures([{ name: W1, keyId: verifier.keyId, signature: signature?.signature ?? new Uint8Array() }])}`

    expect(() => openNote(plain, [verifier])).toThrow(code('ERR_TLOG_NOTE_UNSIGNED'))
    expect(() => openNote(posing, [verifier])).toThrow(code('ERR_TLOG_NOTE_BAD_SIGNATURE'))
  })

  test('is refused with a time above 2^53-1, or with a wrong length', async () => {
    const [line] = openNote(await signNote(TEXT, [testCosigner(W1, 1)]), [verifier]).verified
    const late = Uint8Array.from(line?.signature ?? [])
    late[1] = 0x20

    expect(verifier.verify(Buffer.from(TEXT), late)).toBe(false)
    expect(verifier.verify(Buffer.from(TEXT), late.subarray(1))).toBe(false)
    expect(verifier.verify(Buffer.from(TEXT), new Uint8Array(0))).toBe(false)
  })

  test('is made of nothing but checkpoints', async () => {
    const cosigner = testCosigner(W1, 1)

    await expect(signNote('a text\n', [cosigner])).rejects.toEqual(code('ERR_TLOG_CHECKPOINT_MALFORMED'))
    await expect(cosigner.sign(Buffer.from('\xff', 'latin1'))).rejects.toEqual(code('ERR_TLOG_CHECKPOINT_MALFORMED'))
  })

  test('is not handed out when the signing key is not the named one', async () => {
    const options = { name: W1, publicKey: testKey(1).publicKey, sign: testKey(2).sign, clock: { now: () => 0 } }

    await expect(signNote(TEXT, [ed25519Cosigner(options)])).rejects.toEqual(code('ERR_TLOG_NOTE_BAD_SIGNATURE'))
  })
})

// FiloSottile/torchwood, cmd/litewitness/testdata/mldsa.txt: the seed, and the key id it leads to.
const seed = Buffer.from('2886adc2b0eabfce67c0472939127998bf886cf256bfee8ba76a253fce1146e0', 'hex')
const key = mlDsaKey(seed)

describe.skipIf(key === undefined)('an ML-DSA-44 cosignature (not run where Node.js has no ML-DSA-44)', () => {
  const publicKey = key?.publicKey ?? new Uint8Array()
  const text = formatCosignerKey(W1, key === undefined ? new Uint8Array(1312) : publicKey)
  const posed = (name: string, time: number, body = TEXT): string => {
    const message = mlDsa44Message(name, time, parseCheckpoint(body)) ?? new Uint8Array()
    const bytes = Buffer.alloc(8)
    bytes.writeBigUInt64BE(BigInt(time))
    const signature = Buffer.concat([bytes, key?.sign(message) ?? bytes])
    return formatSignatures([{ name: W1, keyId: parseCosignerKey(text).keyId, signature }])
  }

  test('has the key id that is published for its seed', () => {
    expect(formatCosignerKey('example.com/mldsa-log', publicKey)).toContain('example.com/mldsa-log+b5df45c5+BuhtcL97')
  })

  test('verifies, and says when it was made', () => {
    const { verified } = openNote(`${TEXT}\n${posed(W1, 1_679_315_147)}`, [parseCosignerKey(text)])

    expect(verified.map(cosignatureTime)).toEqual([1_679_315_147])
  })

  test('may make no statement of time', () => {
    const { verified } = openNote(`${TEXT}\n${posed(W1, 0)}`, [parseCosignerKey(text)])

    expect(verified.map(cosignatureTime)).toEqual([0])
  })

  test('covers the name of the cosigner', () => {
    expect(() => openNote(`${TEXT}\n${posed('witness.example/w2', 1)}`, [parseCosignerKey(text)])).toThrow(
      code('ERR_TLOG_NOTE_BAD_SIGNATURE'),
    )
  })

  test('covers size and root, and cannot cover extension lines: a checkpoint with some is refused', () => {
    const line = posed(W1, 1)

    expect(() => openNote(`${TEXT.replace('123', '124')}\n${line}`, [parseCosignerKey(text)])).toThrow(
      code('ERR_TLOG_NOTE_BAD_SIGNATURE'),
    )
    expect(() => openNote(`${TEXT}extension 1\n\n${line}`, [parseCosignerKey(text)])).toThrow(
      code('ERR_TLOG_NOTE_BAD_SIGNATURE'),
    )
  })
})

describe('the message that ML-DSA-44 signs', () => {
  test('begins with its label and holds names, time, range and root', () => {
    const message = mlDsa44Message('w', 7, parseCheckpoint(TEXT))

    expect(Buffer.from(message ?? []).toString('hex')).toBe(
      [
        '737562747265652f76310a00', // subtree/v1, newline, NUL
        '0177',
        '0000000000000007',
        '0474657374',
        '0000000000000000',
        '000000000000007b',
        '7feec2a0a817284fed372b3d4d35dcaff69de94fcadf1bf39e6cdec3dcba48fd',
      ].join(''),
    )
  })

  test('is none for names above 255 bytes, and for an empty tree with another root than the empty one', () => {
    const long = 'a'.repeat(256)

    expect(mlDsa44Message(long, 0, parseCheckpoint(TEXT))).toBeUndefined()
    expect(mlDsa44Message('w', 0, { ...parseCheckpoint(TEXT), origin: long })).toBeUndefined()
    expect(mlDsa44Message('w', 0, { ...parseCheckpoint(TEXT), size: 0 })).toBeUndefined()
  })
})
