import { leafHash } from '@sallyport/tlog'
import { describe, expect, test } from 'vitest'
import { bareEvent, fullEvent } from '../../../test/formats/event.ts'
import { canonicalize } from '../events/canonical.ts'
import { parseEntry } from '../events/parse-entry.ts'
import { leafHexOf } from './leaf-hex.ts'

describe('leafHexOf', () => {
  test('gives the hash of the entry as it was read, whatever was revealed of it', () => {
    const { index, revealed, ...event } = fullEvent('challenge.verified')
    const bytes = Buffer.from(canonicalize(event), 'utf8')
    const read = parseEntry({ id: event.id, at: 0, index, bytes, tags: {} })

    expect(leafHexOf({ ...read, ...(revealed && { revealed }) })).toBe(Buffer.from(leafHash(bytes)).toString('hex'))
  })

  test('gives none to what can stand in no ledger', () => {
    expect(leafHexOf({ ...bareEvent('access.denied'), tenant: '\ud800' })).toBeUndefined()
  })
})
