import { formatCheckpoint, formatVerifierKey, ed25519Signer, signNote } from '@sallyport/tlog/note'
import type { Keyring } from '@sallyport/keyring'
import { describe, expect, test } from 'vitest'
import { ORIGIN, testKeyring } from '../../../test/ledger.ts'
import { formatManifest, type KeyManifest, type LedgerKey, type StoredManifest } from './key-manifest.ts'
import { trustKeys } from './trusted-keys.ts'

// Four keys: the first is retired by the third manifest, the second and third sign, the last is a stranger's.
const RINGS = [1, 20, 40, 60].map(testKeyring)

describe('trustKeys', () => {
  test('leads from any one key of the ledger to all others', async () => {
    const [one, two, three] = await verifierKeys()
    const stored = await chain()
    for (const given of [[one], [two], [three], [three, one]]) {
      const { manifest, problems } = trustKeys(given, stored)

      expect(problems).toEqual([])
      expect(manifest?.number).toBe(3)
      expect(manifest?.keys.map(({ verifierKey }) => verifierKey)).toEqual([one, two, three])
    }
  })

  test('leads a stranger nowhere', async () => {
    const [, , , stranger] = await verifierKeys()
    const { manifest, problems } = trustKeys([stranger], await chain())

    expect(manifest).toBeUndefined()
    expect(problems.map(({ kind, number }) => `${kind} ${number}`)).toEqual([1, 2, 3].map((n) => `keys_unsigned ${n}`))
  })

  test('lets each key sign from the size at which it was added to the size at which it was retired', async () => {
    const [one] = await verifierKeys()
    const { open } = trustKeys([one], await chain())
    const judge = async (ring: number, size: number): Promise<unknown> => {
      const opened = open(await checkpoint(ring, size))
      return typeof opened === 'string' ? opened : opened.size
    }

    expect([await judge(0, 0), await judge(0, 20), await judge(0, 21)]).toEqual([0, 20, 'checkpoint_key_retired'])
    expect([await judge(1, 9), await judge(1, 10), await judge(1, 900)]).toEqual(['checkpoint_key_retired', 10, 900])
    expect([await judge(2, 19), await judge(2, 20)]).toEqual(['checkpoint_key_retired', 20])
    expect(await judge(3, 30)).toBe('checkpoint_unsigned')
  })

  test('trusts a given key that no manifest names without bounds', async () => {
    const [one, , , fourth] = await verifierKeys()
    const { open, problems } = trustKeys([one, fourth], await chain())

    expect(problems).toEqual([])
    expect(open(await checkpoint(3, 5))).toMatchObject({ size: 5 })
  })

  test('trusts a manifest in which any one byte was changed under no key: neither an old, a new nor all', async () => {
    const [one, two, three] = await verifierKeys()
    const stored = await chain()
    const taken: string[] = []
    for (const [place, { note }] of stored.entries()) {
      const bytes = Buffer.from(note)
      for (let at = 0; at < bytes.length; at++) {
        const flipped = replaced(stored, place, Buffer.from(bytes.with(at, (bytes[at] ?? 0) ^ 1)).toString())
        for (const given of [[one], [three], [one, two, three]]) {
          const { problems } = trustKeys(given, flipped)
          if (problems.length === 0) taken.push(`manifest ${place + 1}, byte ${at}, ${given.length} keys`)
        }
      }
    }

    expect(taken).toEqual([])
  })

  test('names what became of a manifest that was removed, swapped or replaced by an older one', async () => {
    const [one, , three] = await verifierKeys()
    const stored = await chain()
    const [first, second, third] = stored.map(({ note }) => note)
    const kinds = (given: readonly string[], found: readonly StoredManifest[]): readonly string[] =>
      trustKeys(given, found).problems.map(({ kind, number }) => `${kind} ${number}`)

    for (const given of [[one], [three], [one, three]]) {
      expect(kinds(given, stored.slice(1))).toEqual(['keys_missing 1'])
      expect(kinds(given, stored.toSpliced(1, 1))).toContain('keys_missing 2')
      expect(kinds(given, swapped(stored))).not.toEqual([])
      expect(kinds(given, replaced(stored, 2, first))).not.toEqual([])
      expect(kinds(given, replaced(stored, 2, second))).not.toEqual([])
      expect(kinds(given, replaced(stored, 1, third))).not.toEqual([])
    }
    expect(kinds([one], replaced(stored, 2, second))).toEqual(['keys_differ 3'])
    expect(kinds([one], replaced(stored, 2, ''))).toEqual(['keys_unreadable 3'])
  })

  test('refuses a further manifest that a retired key has signed', async () => {
    const [one, two, three, four] = await verifierKeys()
    const stored = await chain()
    const keys = [...(await keysOf(3)), { verifierKey: four, from: 20 }]
    const forged = await manifest(4, keys, [0, 3])
    const honest = await manifest(4, keys, [2, 3])

    for (const given of [[one], [three], [one, two, three]]) {
      expect(trustKeys(given, [...stored, forged])).toMatchObject({
        manifest: { number: 3 },
        problems: [{ kind: 'keys_unsigned', number: 4 }],
      })
      expect(trustKeys(given, [...stored, honest])).toMatchObject({ manifest: { number: 4 }, problems: [] })
    }
  })

  test('refuses a manifest which the key that it adds has not signed, or which bears a signature of anybody else', async () => {
    const [one, , , four] = await verifierKeys()
    const stored = await chain()
    const keys = [...(await keysOf(3)), { verifierKey: four, from: 20 }]
    const foreign = await manifest(4, keys.slice(0, 3), [2, 3])

    for (const added of [await manifest(4, keys, [2]), foreign]) {
      expect(trustKeys([one], [...stored, added]).problems).toEqual([{ kind: 'keys_unsigned', number: 4 }])
    }
  })

  test('refuses a manifest that takes back what an older one said', async () => {
    const [one, two, three] = await verifierKeys()
    const stored = await chain()
    const forgotten = (await keysOf(3)).filter(({ verifierKey }) => verifierKey !== two)
    const revived = (await keysOf(3)).map(({ verifierKey, from }) => ({ verifierKey, from }))

    for (const keys of [forgotten, revived]) {
      const found = [...stored, await manifest(4, keys, [2])]
      expect(trustKeys([one], found).problems).toEqual([{ kind: 'keys_differ', number: 4 }])
      expect(trustKeys([three], found).problems).toEqual([{ kind: 'keys_differ', number: 4 }])
    }
  })

  test('refuses a manifest of another ledger, and one that names keys of another ledger', async () => {
    const [one, two] = await verifierKeys()
    const other = 'audit.example.com/other'
    const [key = new Uint8Array()] = await ringAt(1).publicKeys()
    const keys = [
      { verifierKey: one, from: 0 },
      { verifierKey: formatVerifierKey(other, key), from: 10 },
    ]
    const foreign = await manifest(2, keys, [0])
    const elsewhere = await manifestOf({ origin: other, number: 1, keys: [{ verifierKey: two, from: 0 }] }, [1])
    const [first] = await chain()

    expect(
      trustKeys(
        [one],
        [first, foreign].filter((stored) => stored !== undefined),
      ).problems,
    ).not.toEqual([])
    expect(trustKeys([two], [elsewhere]).problems).toEqual([{ kind: 'keys_differ', number: 1 }])
  })
})

function ringAt(place: number): Keyring {
  const ring = RINGS[place]
  if (ring === undefined) throw new Error('no such ring')
  return ring
}

async function verifierKeys(): Promise<readonly [string, string, string, string]> {
  const keyAt = async (place: number): Promise<string> => {
    const [key = new Uint8Array()] = await ringAt(place).publicKeys()
    return formatVerifierKey(ORIGIN, key)
  }
  return [await keyAt(0), await keyAt(1), await keyAt(2), await keyAt(3)]
}

/** The keys of the ledger as its manifest of that number says. */
async function keysOf(number: 1 | 2 | 3): Promise<readonly LedgerKey[]> {
  const [one, two, three] = await verifierKeys()
  const first = { verifierKey: one, from: 0, ...(number === 3 ? { until: 20 } : {}) }
  return [first, { verifierKey: two, from: 10 }, { verifierKey: three, from: 20 }].slice(0, number)
}

/** Three manifests: one key, a second one added at 10, a third one added at 20 where the first is retired. */
async function chain(): Promise<readonly StoredManifest[]> {
  return [
    await manifest(1, await keysOf(1), [0]),
    await manifest(2, await keysOf(2), [1, 0]),
    await manifest(3, await keysOf(3), [2, 1]),
  ]
}

async function manifest(
  number: number,
  keys: readonly LedgerKey[],
  signedBy: readonly number[],
): Promise<StoredManifest> {
  return await manifestOf({ origin: ORIGIN, number, keys }, signedBy)
}

async function manifestOf(content: KeyManifest, signedBy: readonly number[]): Promise<StoredManifest> {
  const { number } = content
  return { number, note: await sign(formatManifest(content), signedBy), version: String(number) }
}

async function checkpoint(ring: number, size: number): Promise<string> {
  return await sign(formatCheckpoint({ origin: ORIGIN, size, root: new Uint8Array(32) }), [ring])
}

async function sign(text: string, rings: readonly number[]): Promise<string> {
  const signers = rings.map(async (place) => {
    const [key = new Uint8Array()] = await ringAt(place).publicKeys()
    return ed25519Signer(ORIGIN, key, (message) => ringAt(place).sign(message))
  })
  return await signNote(text, await Promise.all(signers))
}

function replaced(stored: readonly StoredManifest[], place: number, note = ''): readonly StoredManifest[] {
  return stored.map((one, at) => (at === place ? { ...one, note } : one))
}

function swapped(stored: readonly StoredManifest[]): readonly StoredManifest[] {
  return stored.map((one, at) => (at === 0 ? one : { ...one, note: stored[3 - at]?.note ?? '' }))
}
