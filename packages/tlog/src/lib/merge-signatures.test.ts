import { describe, expect, test } from 'vitest'
import { testCosigner, testCosignerKey } from '../../test/test-cosigner.ts'
import { testKey, testSigner } from '../../test/test-key.ts'
import { parseCosignerKey } from './cosigner-key.ts'
import { formatSignatures, mergeSignatures, openCosignatures } from './merge-signatures.ts'
import { formatVerifierKey, parseVerifierKey } from './note-key.ts'
import { openNote, signNote, splitNote } from './note.ts'

const TEXT = 'example.com/log\n5\nf+7CoKgXKE/tNys9TTXcr/ad6U/K3xvznmzew9y6SP0=\n'
const code = (value: string): unknown => expect.objectContaining({ code: value })
const log = testSigner('example.com/log', 1)
const logKey = parseVerifierKey(formatVerifierKey('example.com/log', testKey(1).publicKey))
const witnessKey = parseCosignerKey(testCosignerKey('witness.example/w1', 2))
const note = await signNote(TEXT, [log])
const lines = linesOf(await signNote(TEXT, [testCosigner('witness.example/w1', 2)]))

describe('mergeSignatures', () => {
  test('adds lines to a note that then opens under both keys', () => {
    const opened = openNote(mergeSignatures(note, lines), [logKey, witnessKey])

    expect(opened.verified.map(({ name }) => name)).toEqual(['example.com/log', 'witness.example/w1'])
  })

  test('adds no key twice, and displaces no line that is there', async () => {
    const later = linesOf(await signNote(TEXT, [testCosigner('witness.example/w1', 2, 1_900_000_000)]))
    const merged = mergeSignatures(note, lines)

    expect(mergeSignatures(merged, lines)).toBe(merged)
    expect(mergeSignatures(merged, later + lines)).toBe(merged)
  })

  test('keeps long lines of unknown kinds, such as an ML-DSA signature, which opening ignores', () => {
    const long = formatSignatures([{ name: 'pq.example', keyId: 7, signature: new Uint8Array(8 + 2420) }])
    const merged = mergeSignatures(note, long + lines)

    expect(openNote(merged, [logKey, witnessKey]).unverified.map(({ name }) => name)).toEqual(['pq.example'])
  })

  test('leaves a note as it is when there is nothing to add', () => {
    expect(mergeSignatures(note, '')).toBe(note)
  })

  test('refuses whatever is no signature line', () => {
    const refused = code('ERR_TLOG_NOTE_MALFORMED')

    expect(() => mergeSignatures(note, 'a line\n')).toThrow(refused)
    expect(() => mergeSignatures(note, lines.trimEnd())).toThrow(refused)
    expect(() => mergeSignatures(note, `${lines}\n${lines}`)).toThrow(refused)
    expect(() => mergeSignatures(note, `\n${lines}`)).toThrow(refused)
    expect(() => mergeSignatures('no note', lines)).toThrow(refused)
  })

  test('refuses to make a note with more than 64 lines', () => {
    const many = Array.from({ length: 64 }, (_, keyId) => ({ name: 'w', keyId, signature: Uint8Array.of(1) }))

    expect(() => mergeSignatures(note, formatSignatures(many))).toThrow(code('ERR_TLOG_NOTE_MALFORMED'))
    expect(splitNote(mergeSignatures(note, formatSignatures(many.slice(1)))).signatures).toHaveLength(64)
  })
})

describe('openCosignatures', () => {
  test('verifies lines against the text of their note and ignores unknown keys', async () => {
    const both = lines + linesOf(await signNote(TEXT, [testCosigner('witness.example/w2', 3)]))

    expect(openCosignatures(note, both, [witnessKey]).map(({ name }) => name)).toEqual(['witness.example/w1'])
  })

  test('refuses lines over another text, of unknown keys only, and none at all', async () => {
    const other = linesOf(await signNote(TEXT.replace('5', '6'), [testCosigner('witness.example/w1', 2)]))

    expect(() => openCosignatures(note, other, [witnessKey])).toThrow(code('ERR_TLOG_NOTE_BAD_SIGNATURE'))
    expect(() => openCosignatures(note, lines, [logKey])).toThrow(code('ERR_TLOG_NOTE_UNSIGNED'))
    expect(() => openCosignatures(note, '', [witnessKey])).toThrow(code('ERR_TLOG_NOTE_UNSIGNED'))
  })
})

function linesOf(signed: string): string {
  return formatSignatures(splitNote(signed).signatures)
}
