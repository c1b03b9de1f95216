import { createHash, createHmac } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Json } from '@sallyport/store'
import { nodeHash } from '@sallyport/tlog'
import { openNote, parseCheckpoint, parseVerifierKey } from '@sallyport/tlog/note'
import { describe, expect, test } from 'vitest'
import { makeSpecExample } from '../../../test/spec-example.ts'
import { canonicalize } from '../events/canonical.ts'
import { MAX_ENTRY_BYTES } from '../events/entry-bound.ts'
import { MEANINGS } from './verdict-meanings.ts'

const SPEC = readFileSync(join(import.meta.dirname, '..', '..', '..', 'SPEC.md'), 'utf8')

describe('the worked example of SPEC.md', () => {
  test('has the entries that the code writes', async () => {
    const { entries } = await makeSpecExample()

    expect(entries.map(({ bytes }) => Buffer.from(bytes).toString())).toEqual(exampleEntries())
  })

  test('has the tags, the envelope and the records that the code writes', async () => {
    const { entries, records, revealed } = await makeSpecExample()

    expect(canonicalize(entries[2]?.tags)).toBe(block('Tags of entry 2'))
    expect(canonicalize(revealed)).toBe(block('What the envelope of entry 2 holds'))
    const [tile, head] = ['ledger/tile/00/0000000000000000', 'ledger/head']
    expect(canonicalize(records.get(tile))).toBe(block(`Record ${tile}`))
    expect(canonicalize(records.get(head))).toBe(block(`Record ${head}`))
  })

  test('has the verifier key, the key manifest and the checkpoint that the code writes', async () => {
    const { records, verifierKey } = await makeSpecExample()

    expect(verifierKey).toBe(block('Verifier key'))
    expect(noteOf(records.get('ledger/keys/0001'))).toBe(exampleManifest())
    expect(noteOf(records.get('ledger/checkpoint/0000000000000003'))).toBe(exampleNote())
  })

  test('holds by itself: entries give the leaves, leaves the root, and the key opens the note', () => {
    const leaves = exampleEntries().map((entry) => sha256(`\0${entry}`))
    const [one = Buffer.alloc(0), two = Buffer.alloc(0), three = Buffer.alloc(0)] = leaves
    const { text } = openNote(exampleNote(), [parseVerifierKey(block('Verifier key'))])
    const checkpoint = parseCheckpoint(text)

    expect(leaves.map((leaf) => leaf.toString('hex')).join('\n')).toBe(block('Leaf hashes'))
    expect(checkpoint).toMatchObject({ origin: 'bank.example/ledger', size: 3 })
    expect(Buffer.from(checkpoint.root).toString('hex')).toBe(
      Buffer.from(nodeHash(nodeHash(one, two), three)).toString('hex'),
    )
  })

  test('holds by itself: the key opens the manifest, which names it from the beginning on', () => {
    const key = block('Verifier key')
    const { text } = openNote(exampleManifest(), [parseVerifierKey(key)])

    expect(text).toBe(`sallyport ledger keys v1\nbank.example/ledger\n1\n0 - ${key}\n`)
    expect(JSON.parse(block('Entry 1')).data).toEqual({ manifest: 1, key })
  })

  test('has the pseudonym that its words describe', () => {
    const parts = ['audit.actor', 'alice'].map((part) => Buffer.from(part))
    const input = Buffer.concat(parts.flatMap((part) => [Buffer.from([0, 0, 0, part.length]), part]))
    const mac = createHmac('sha256', Buffer.alloc(32, 2)).update(input).digest()

    expect(block('Entry 2')).toContain(`"actor":{"id":"name0000.${mac.subarray(0, 16).toString('base64url')}"}`)
  })
})

describe('SPEC.md', () => {
  test('names the bound of an entry, every verdict and below it every kind of problem', () => {
    const verdicts = new Set(['good', ...Object.values(MEANINGS).map(({ verdict }) => verdict)])

    expect(SPEC).toContain(`at most ${MAX_ENTRY_BYTES.toLocaleString('en')} bytes`)
    expect([...verdicts].filter((verdict) => !SPEC.includes(`| \`${verdict}\` |`))).toEqual([])
    const kinds = Object.entries(MEANINGS).filter(([kind, { verdict }]) => !kindsOf(verdict).includes(kind))
    expect(kinds.map(([kind]) => kind)).toEqual([])
  })
})

/** The text block below a heading. */
function block(heading: string): string {
  const [, rest = ''] = SPEC.split(`### ${heading}\n`)
  const found = /^\n```text\n([^]*?)\n```\n/.exec(rest)?.[1]
  if (found === undefined) throw new Error(`SPEC.md has no block "${heading}"`)
  return found
}

/** The kinds of problems that stand beside a verdict. */
function kindsOf(verdict: string): readonly string[] {
  const [, rest = ''] = SPEC.split('| verdict | kinds |')
  const line = rest.split('\n').find((row) => row.startsWith(`| \`${verdict}\` |`)) ?? ''
  return [...line.matchAll(/`(\w+)`/g)].map(([, name = '']) => name)
}

function exampleEntries(): readonly string[] {
  return [block('Entry 0'), block('Entry 1'), block('Entry 2')]
}

function exampleManifest(): string {
  return `${block('The note in record ledger/keys/0001')}\n`
}

function exampleNote(): string {
  return `${block('The note in record ledger/checkpoint/0000000000000003')}\n`
}

function noteOf(value: Json | undefined): unknown {
  return typeof value === 'object' && value !== null && 'note' in value ? value['note'] : undefined
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
