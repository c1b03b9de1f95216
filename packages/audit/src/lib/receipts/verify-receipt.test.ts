import { readFile } from 'node:fs/promises'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  makeReceiptVectors,
  VECTORS_FILE,
  type ReceiptCase,
  type ReceiptVectors,
} from '../../../test/receipt-vectors.ts'
import { verifyReceipt } from './verify-receipt.ts'

const VECTORS: ReceiptVectors = JSON.parse(await readFile(VECTORS_FILE, 'utf8'))
const { verifierKeys, cases } = VECTORS

describe('verifyReceipt', () => {
  test('says of every published receipt what is published of it', () => {
    const found = cases.map(({ name, text }) => [name, outcomeOf(text)])

    expect(found).toEqual(cases.map(({ name, expected }) => [name, expected]))
  })

  test('is published with receipts that anybody can make again, byte for byte', async () => {
    expect(await makeReceiptVectors()).toEqual(VECTORS)
  })

  test('gives the event as it was recorded, its place, and the checkpoint to compare', () => {
    const verdict = verifyReceipt(textOf('the last entry'), { verifierKeys })

    expect(verdict).toMatchObject({
      ok: true,
      event: { type: 'access.allowed', index: 299, actor: { id: 'name0000.1vfsSfYR7FH_KJUPmnMJsQ' } },
      root: textOf('the last entry').split('\n\n')[1]?.split('\n')[2],
    })
  })

  test('refuses a receipt with any byte flipped, or finds in it the very same event', () => {
    const texts = ['the last entry', 'with the signature of a witness who is not known'].map(textOf)
    const spoilt = fc.constantFrom(...texts).chain((text) => {
      const bytes = Buffer.from(text)
      const place = fc.record({ at: fc.nat(bytes.length - 1), bit: fc.nat(7) })
      return place.map(({ at, bit }) => ({
        text,
        bytes: bytes.map((byte, one) => (one === at ? byte ^ (1 << bit) : byte)),
      }))
    })

    fc.assert(
      fc.property(spoilt, ({ text, bytes }) => {
        const verdict = verifyReceipt(Buffer.from(bytes).toString(), { verifierKeys })

        expect(verdict.ok ? verdict : 'refused').toEqual(verdict.ok ? verifyReceipt(text, { verifierKeys }) : 'refused')
      }),
      { numRuns: 2_000 },
    )
  })

  test('refuses the bare receipt with any byte flipped', () => {
    const bytes = Buffer.from(textOf('the only entry of a ledger'))
    const places = Array.from({ length: bytes.length * 8 }, (_, at) => at)
    const flipped = (at: number): string =>
      Buffer.from(bytes.map((byte, one) => (one === at >> 3 ? byte ^ (1 << (at & 7)) : byte))).toString()

    expect(places.filter((at) => outcomeOf(flipped(at)).ok)).toEqual([])
  })

  test('never throws, whatever the text', () => {
    const lines = fc.array(
      fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom(...textOf('the first entry').split('\n'))),
    )

    fc.assert(
      fc.property(lines, (parts) => {
        expect(outcomeOf(parts.join('\n')).ok).toBe(false)
      }),
    )
  })

  test('refuses what is no text, and a text beyond a megabyte', () => {
    const others: readonly unknown[] = [undefined, null, 7, {}, Buffer.from(textOf('the first entry'))]
    // What JSON or a form may bring has no type.
    const verdicts = others.map((other) => verifyReceipt(other as string, { verifierKeys }))
    const large = textOf('the first entry').replace('\nindex', `${'A'.repeat(1_000_000)}\nindex`)

    expect([...verdicts, verifyReceipt(large, { verifierKeys })]).toEqual(
      Array(6).fill({ ok: false, reason: 'malformed' }),
    )
  })

  test('trusts nobody when no key is given', () => {
    expect(verifyReceipt(textOf('the first entry'), { verifierKeys: [] })).toEqual({ ok: false, reason: 'unknown_key' })
  })

  test('refuses options that it does not know, keys that are none, and too many of them', () => {
    const [key = ''] = verifierKeys
    const misspelt: object = { verifierKeys, verifierkeys: [] }
    const wrong = [misspelt, { verifierKeys: ['bank.example+1+A'] }, { verifierKeys: Array(101).fill(key) }]
    // What a program without types may say.
    const calls = wrong.map((options) => () => verifyReceipt('', options as { verifierKeys: string[] }))

    for (const call of calls) expect(call).toThrow(expect.objectContaining({ code: 'ERR_AUDIT_INPUT' }))
  })
})

function textOf(name: string): string {
  const found = cases.find((one) => one.name === name)
  if (found === undefined) throw new Error(`There is no receipt "${name}".`)
  return found.text
}

function outcomeOf(text: string): ReceiptCase['expected'] {
  const verdict = verifyReceipt(text, { verifierKeys })
  if (!verdict.ok) return verdict
  const { ok, origin, index, size, event, at } = verdict
  return { ok, origin, index, size, id: event.id, at }
}
