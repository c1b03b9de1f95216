import { existsSync, readFileSync } from 'node:fs'
import { array, assert, constantFrom, property } from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeCef } from '../../../test/formats/cef-decoder.ts'
import { bareEvent, fullEvent } from '../../../test/formats/event.ts'
import { formatCef } from './cef-text.ts'
import { toCef } from './cef.ts'

const vectors = new URL('../../../../../../shared/vectors/cef/vectors.json', import.meta.url)
const present = existsSync(vectors)
const cases = present ? Object(JSON.parse(readFileSync(vectors, 'utf8'))) : { roundtrip: [], reject: [] }
const HEADER = { vendor: 'a', product: 'b', deviceVersion: '1', eventClassId: 'c', name: 'd', severity: '5' }

describe.skipIf(!present)('formatCef against the vectors (not run where the vectors folder is absent)', () => {
  test('writes every case as it should be', () => {
    const { roundtrip }: { readonly roundtrip: readonly Parameters<typeof write>[0][] } = cases

    expect(roundtrip.map(write)).toEqual(roundtrip.map(({ line }) => line))
  })

  test('writes what a reader takes for the same', () => {
    const { roundtrip }: { readonly roundtrip: readonly Parameters<typeof write>[0][] } = cases

    expect(roundtrip.map((one) => decodeCef(write(one)))).toEqual(
      roundtrip.map(({ header, extension }) => ({ header, extension })),
    )
  })

  test('is read by a reader that refuses what is none', () => {
    const { reject }: { readonly reject: readonly { readonly line: string }[] } = cases

    expect(reject.filter(({ line }) => isCef(line))).toEqual([])
    expect(reject.length).toBeGreaterThan(0)
  })

  test('refuses every name that could forge another', () => {
    const { encoder_must_refuse_keys: names }: { readonly encoder_must_refuse_keys: readonly string[] } = cases

    for (const name of names) {
      expect(() => formatCef(HEADER, [[name, 'x']])).toThrow(expect.objectContaining({ code: 'ERR_AUDIT_INPUT' }))
    }
  })

  test('keeps a value of the given alphabet on one line and gives it back', () => {
    const { alphabet }: { readonly alphabet: readonly string[] } = cases.single_line_property

    assert(
      property(array(constantFrom(...alphabet)), (pieces) => {
        const line = formatCef(HEADER, [
          ['msg', pieces.join('')],
          ['outcome', 'failure'],
        ])

        expect(line).not.toMatch(/[\r\n\u0085\u2028\u2029\0\t]/u)
        expect(decodeCef(line).extension).toEqual({ msg: pieces.join(''), outcome: 'failure' })
      }),
    )
  })
})

describe('formatCef', () => {
  test.each([
    ['a line end in the header', { name: 'a\nb' }],
    ['a line separator in the header', { vendor: 'a\u2028' }],
    ['a severity that CEF does not have', { severity: '11' }],
  ])('refuses %s', (_what, wrong) => {
    expect(() => formatCef({ ...HEADER, ...wrong }, [])).toThrow(expect.objectContaining({ code: 'ERR_AUDIT_INPUT' }))
  })
})

describe('toCef', () => {
  test('says who, what, where and how in the names that CEF has', () => {
    const { header, extension } = decodeCef(toCef(fullEvent('challenge.verified'), { product: { name: 'bank|1' } }))

    expect(header).toMatchObject({ vendor: 'Sallyport', product: 'bank|1', eventClassId: 'challenge.verified' })
    expect(extension).toMatchObject({
      rt: '1763712000000',
      suid: 'p1_actor',
      suser: 'ada@example.com',
      duid: 'p1_subject',
      src: '203.0.113.7',
      requestClientApplication: 'Mozilla/5.0',
      outcome: 'success',
      cs1: 'totp',
      cs1Label: 'factor',
      cs6: expect.stringMatching(/^41 [0-9a-f]{64}$/),
    })
  })

  test('shows nobody and no address where nothing was revealed', () => {
    const { revealed: _revealed, ...event } = fullEvent('challenge.verified')
    const { extension } = decodeCef(toCef(event))

    expect(extension).toMatchObject({ suid: 'p1_actor', sallyportNetwork: '203.0.113.0/24' })
    expect(Object.keys(extension)).not.toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^(?:suser|src|c6a2|requestClientApplication|sallyportRevealed)$/),
      ]),
    )
  })

  test('gives an IPv6 address the place that CEF has for it', () => {
    const { extension } = decodeCef(toCef({ ...bareEvent('access.denied'), revealed: { ip: '2001:db8::1' } }))

    expect(extension).toMatchObject({ c6a2: '2001:db8::1', c6a2Label: 'Source IPv6 Address' })
    expect(extension).not.toHaveProperty('src')
  })

  test('gives the events that ask for attention a higher severity', () => {
    const severities = (['ledger.heartbeat', 'account.locked', 'challenge.denied'] as const).map(
      (type) => decodeCef(toCef(bareEvent(type))).header.severity,
    )

    expect(severities).toEqual(['1', '5', '8'])
  })
})

function write(one: {
  readonly header: Parameters<typeof formatCef>[0]
  readonly extension: Readonly<Record<string, string>>
  readonly line: string
}): string {
  return formatCef(one.header, Object.entries(one.extension))
}

function isCef(line: string): boolean {
  try {
    decodeCef(line)
    return true
  } catch {
    return false
  }
}
