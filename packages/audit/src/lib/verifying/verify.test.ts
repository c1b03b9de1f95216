import fc from 'fast-check'
import type { Json, Key, Store, StoredEntry } from '@sallyport/store'
import { growTiles, leafHash } from '@sallyport/tlog'
import { describe, expect, test } from 'vitest'
import {
  append,
  appendUpTo,
  emptyLedger,
  entryOf,
  flipByte,
  ledgerOf,
  renumber,
  signerOf,
  tamper,
  testEvent,
  testKeyring,
  type Tampering,
  type TestLedger,
} from '../../../test/ledger.ts'
import { CHECKPOINT_PREFIX, checkpointKey, putTile } from '../signing/tree-store.ts'
import type { AuditEvent } from '../events/types.ts'
import { verifyLedger, type Verification, type VerifyOptions } from './verify.ts'

const SIGNED_AT = [1, 2, 3, 7, 8, 20, 33, 64]

describe('verifyLedger on an untouched ledger', () => {
  test('finds every size from 1 to 64 good, signed at several sizes', async () => {
    for (let size = 1; size <= 64; size++) {
      const signedAt = [...SIGNED_AT.filter((at) => at < size), size]
      const ledger = await ledgerOf(size, signedAt)

      expect(await verify(ledger)).toMatchObject({ verdict: 'good', size, signedSize: size, problems: [] })
    }
  })

  test('finds it good wherever checkpoints fall and however long the unsigned tail is', async () => {
    const sizes = fc.uniqueArray(fc.integer({ min: 1, max: 1_400 }), { minLength: 1, maxLength: 6 })
    await fc.assert(
      fc.asyncProperty(sizes, fc.integer({ min: 0, max: 90 }), async (stops, tail) => {
        const signedAt = stops.toSorted((one, other) => one - other)
        const signedSize = signedAt.at(-1) ?? 0
        const ledger = await ledgerOf(signedSize + tail, signedAt)

        const expected = { verdict: 'good', size: signedSize + tail, signedSize, problemCount: 0 }
        expect(await verify(ledger)).toMatchObject(expected)
      }),
      { numRuns: 25 },
    )
  })

  test('counts challenges: issued = ended + open', async () => {
    const { lifecycle } = await verify(await ledgerOf(10))

    expect(lifecycle).toEqual({ issued: 4, ended: 3, open: 1 })
  })

  test('stays good while the ledger is written, signed and verified at once', async () => {
    const ledger = await ledgerOf(300)
    const verdicts: string[] = []
    const write = async (): Promise<void> => {
      for (let size = 320; size <= 1_500; size += 20) {
        await appendUpTo(ledger.store, size)
        await ledger.signer.signUpTo()
      }
    }
    const check = async (): Promise<void> => {
      for (let round = 0; round < 40; round++) verdicts.push((await verify(ledger)).verdict)
    }
    await Promise.all([write(), check()])

    expect(new Set(verdicts)).toEqual(new Set(['good']))
  })

  test('tells how far it is', async () => {
    const ledger = await ledgerOf(2_100)
    const told: number[] = []
    await verify(ledger, { onProgress: ({ checked, size }) => void told.push(checked / size) })

    expect(told).toEqual([1_024 / 2_100, 2_048 / 2_100, 1])
  })

  test('judges the integrity only when quick', async () => {
    const ledger = await emptyLedger()
    await ledger.store.commit({ id: 'a', writes: [], entries: [{ id: 'a', at: 0, bytes: Buffer.from('?'), tags: {} }] })
    await ledger.signer.signUpTo()

    expect(await verify(ledger, { quick: true })).toMatchObject({ verdict: 'good', signedSize: 1 })
    expect(await verify(ledger, { quick: true })).not.toHaveProperty('lifecycle')
    expect(await verify(ledger)).toMatchObject({
      verdict: 'corrupt',
      problems: [{ kind: 'entry_unreadable', index: 0 }],
    })
  })
})

describe('verifyLedger on altered entries', () => {
  test('v5.0.0-16.4.2 LOG-08 names every single entry that was edited, in ledgers of every size to 64', async () => {
    for (let size = 1; size <= 64; size++) {
      const ledger = await ledgerOf(size, [...SIGNED_AT.filter((at) => at < size), size])
      for (let index = 0; index < size; index++) {
        const found = await tampered(ledger, { entries: editAt(index, index) }, { quick: true })

        expect(found).toMatchObject({ verdict: 'corrupt', problems: [{ kind: 'entry_altered', index }] })
      }
    }
  })

  test('finds the change of any one byte, with and without looking at the content', async () => {
    const ledger = await ledgerOf(300, [100, 290])
    const log = await ledger.store.read(0, 4_096)
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: 289 }), fc.nat(), fc.boolean(), async (index, at, quick) => {
        const byte = at % (log[index]?.bytes.length ?? 1)
        const found = await tampered(ledger, { entries: editAt(index, byte) }, { quick })

        expect(found.verdict).toBe('corrupt')
        expect(found.problems.map((problem) => problem.index)).toContain(index)
      }),
      { numRuns: 150 },
    )
  })

  test('v5.0.0-16.4.2 LOG-08 names the index of every entry that is gone', async () => {
    for (let size = 1; size <= 64; size++) {
      const ledger = await ledgerOf(size, [...SIGNED_AT.filter((at) => at < size), size])
      for (let index = 0; index < size; index++) {
        const entries = without(index)
        const found = await tampered(ledger, { entries })

        expect(found.verdict).toBe('incomplete')
        expect(found.problems.some((problem) => problem.index === index)).toBe(true)
      }
    }
  })

  test('names where entries were left out and the others moved up', async () => {
    const ledger = await ledgerOf(64, SIGNED_AT)
    for (let index = 0; index < 63; index++) {
      const found = await tampered(ledger, { entries: (entries) => renumber(without(index)(entries)) }, { quick: true })

      expect(found.verdict).toBe('corrupt')
      expect(found.problems[0]).toMatchObject({ kind: 'entry_altered', index })
    }
  })

  test('v5.0.0-16.4.2 LOG-08 names the first of two entries that were swapped, whichever two', async () => {
    const ledger = await ledgerOf(20, [8, 20])
    for (let one = 0; one < 19; one++) {
      for (let other = one + 1; other < 20; other++) {
        const entries = (log: readonly StoredEntry[]): readonly StoredEntry[] => renumber(swap(log, one, other))
        const found = await tampered(ledger, { entries }, { quick: true })

        expect(found.verdict).toBe('corrupt')
        expect(found.problems[0]).toMatchObject({ kind: 'entry_altered', index: one })
      }
    }
  })

  test('finds every entry that was doubled and every one that was put in', async () => {
    const ledger = await ledgerOf(64, SIGNED_AT)
    const [stranger] = renumber([{ ...entryOf(testEvent(500)), index: 0 }])
    for (let index = 0; index < 63; index++) {
      const doubled = await tampered(ledger, { entries: (log) => renumber(insert(log, index, log[index])) })
      const added = await tampered(ledger, { entries: (log) => renumber(insert(log, index, stranger)) })

      expect([doubled.verdict, added.verdict]).toEqual(['corrupt', 'corrupt'])
    }
  })

  test('finds what was doubled behind the signed entries by the count of its writer', async () => {
    const ledger = await ledgerOf(64)
    const doubled = await tampered(ledger, { entries: (log) => renumber(insert(log, 63, log[63])) })

    expect(doubled.problems.map((problem) => problem.kind)).toContain('writer_repeated')
  })

  test('cannot tell that a number put behind the signed entries is ahead of its writer, but counts what is unsettled', async () => {
    const ledger = await ledgerOf(64)
    const stranger = { ...entryOf(testEvent(500)), index: 64 }
    const added = await tampered(ledger, { entries: (log) => [...log, stranger] })

    expect(added).toMatchObject({ verdict: 'good', problems: [], writers: { unsettled: 436 } })
  })

  test('finds what was put behind the signed entries once its writer comes to that number', async () => {
    const ledger = await ledgerOf(64)
    const stranger = entryOf({ ...testEvent(501), writer: { ...testEvent(69).writer } })
    await appendUpTo(ledger.store, 70)
    const added = await tampered(ledger, { entries: (log) => renumber(insert(log, 63, { ...stranger, index: 64 })) })

    expect(added).toMatchObject({ verdict: 'corrupt' })
    expect(added.problems.map((problem) => problem.kind)).toEqual(['writer_repeated'])
  })

  test('finds what was taken out behind the signed entries by the next heartbeat of its writer', async () => {
    const ledger = await ledgerOf(64)
    await appendUpTo(ledger.store, 70)
    await append(ledger.store, [beatAfter(70)])
    const removed = async (...indexes: readonly number[]): Promise<Verification> =>
      await tampered(ledger, { entries: (log) => renumber(log.filter(({ index }) => !indexes.includes(index))) })

    expect(await removed()).toMatchObject({ verdict: 'good', writers: { unsettled: 0 } })
    for (let index = 64; index < 70; index++) {
      expect((await removed(index)).problems).toContainEqual(expect.objectContaining({ kind: 'writer_gap', index: 69 }))
    }
    expect((await removed(66, 67, 68)).problems).toContainEqual(
      expect.objectContaining({ kind: 'writer_gap', message: expect.stringContaining('Missing: 3.') }),
    )
  })

  test('finds an entry that is too large, and one whose id does not begin with its time', async () => {
    const large = entryOf({ ...testEvent(5), data: { requirement: 'x'.repeat(16_384) } })
    const misnamed = entryOf({ ...testEvent(5), id: testEvent(4).id })

    for (const [entry, kind] of [
      [large, 'entry_unreadable'],
      [misnamed, 'entry_not_canonical'],
    ] as const) {
      const ledger = await ledgerOf(5, [])
      await ledger.store.commit({
        id: 'a',
        writes: [],
        entries: [{ ...entry, bytes: entry.bytes.subarray(0, 16_384), id: 'a' }],
      })
      const found = await tampered(ledger, {
        entries: (log) => log.map((one) => (one.index === 5 ? { ...one, ...entry } : one)),
      })

      expect(found.problems.map((problem) => problem.kind)).toContain(kind)
    }
  })

  test('finds an entry twice under one index', async () => {
    const ledger = await ledgerOf(9)
    const found = await tampered(ledger, { entries: (log) => insert(log, 4, log[4]) })

    expect(found).toMatchObject({ verdict: 'corrupt', problems: [{ kind: 'index_disorder' }] })
  })

  test('v5.0.0-16.4.2 LOG-08 names the first missing index of every truncation', async () => {
    const ledger = await ledgerOf(64, SIGNED_AT)
    for (let size = 0; size < 64; size++) {
      const found = await tampered(ledger, { entries: (entries) => entries.slice(0, size) })

      expect(found).toMatchObject({ verdict: 'incomplete', size, signedSize: 64 })
      expect(found.problems).toContainEqual(expect.objectContaining({ kind: 'entry_missing', index: size }))
    }
  })

  test('names an entry that is gone from the middle of a long ledger and judges all that follow', async () => {
    const ledger = await ledgerOf(2_100)
    const found = await tampered(ledger, { entries: (log) => editAt(2_000, 5)(without(700)(log)) }, { quick: true })

    expect(found.verdict).toBe('corrupt')
    expect(found.problems.map(({ kind, index }) => `${kind} ${index}`)).toEqual(['index_gap 700', 'entry_altered 2000'])
  })

  test('lists a hundred problems and counts all', async () => {
    const ledger = await ledgerOf(700)
    const edited = (log: readonly StoredEntry[]): readonly StoredEntry[] => log.map((entry) => flipByte(entry, 9))
    const found = await tampered(ledger, { entries: edited }, { quick: true })

    expect(found.problems).toHaveLength(100)
    expect(found.problemCount).toBeGreaterThanOrEqual(700)
  })
})

describe('verifyLedger on altered columns', () => {
  test('finds id, time and tags that are not those in the bytes', async () => {
    const ledger = await ledgerOf(9)
    const changes: readonly Partial<StoredEntry>[] = [{ id: 'other' }, { at: 5 }, { tags: {} }, { tags: { type: 'x' } }]
    for (const change of changes) {
      const entries = replaceAt(4, (entry) => ({ ...entry, ...change }))

      const found = await tampered(ledger, { entries })
      expect(found).toMatchObject({ verdict: 'corrupt', problems: [{ kind: 'columns_differ', index: 4 }] })
    }
  })
})

describe('verifyLedger on an altered tree', () => {
  test('names a tile hash that was changed and says that the entries are right', async () => {
    const ledger = await ledgerOf(300, [100, 300])
    for (let index = 256; index < 300; index++) {
      const record = (key: Key, value: Json): Json => (isTile(key, 0, 1) ? changeTile(value, index - 256) : value)

      const found = await tampered(ledger, { record }, { quick: true })
      expect(found).toMatchObject({ verdict: 'corrupt', problems: [{ kind: 'tile_altered', index }] })
    }
  })

  test('names a tile of a higher level that was changed', async () => {
    const ledger = await ledgerOf(600)
    const record = (key: Key, value: Json): Json => (isTile(key, 1, 0) ? changeTile(value, 1) : value)

    const found = await tampered(ledger, { record }, { quick: true })
    expect(found).toMatchObject({ verdict: 'corrupt', problems: [{ kind: 'tile_altered', index: 256 }] })
  })

  test('names a tile that is gone or damaged', async () => {
    const ledger = await ledgerOf(600)
    for (const change of [
      undefined,
      null,
      { width: 400, hashes: '' },
      { width: 256, hashes: 'AAAA' },
      { width: 'a' },
    ]) {
      const record = (key: Key, value: Json): Json | undefined => (isTile(key, 0, 1) ? change : value)

      const found = await tampered(ledger, { record }, { quick: true })
      expect(found).toMatchObject({ verdict: 'corrupt', problems: [{ kind: 'tile_missing', index: 256 }] })
    }
  })

  test('calls it diverged when entries and tree were rewritten together', async () => {
    for (const size of [1, 9, 64, 300, 600]) {
      const ledger = await ledgerOf(size)
      const entries = replaceAt(Math.floor(size / 2), (entry) => ({ ...entry, ...entryOf(testEvent(999)) }))
      const tiles = await rebuildTiles(entries(await ledger.store.read(0, 4_096)))
      const record = (key: Key, value: Json): Json => tiles.get(key.join('/')) ?? value

      const found = await tampered(ledger, { entries, record }, { quick: true })
      expect(found).toMatchObject({ verdict: 'diverged', problems: [{ kind: 'root_diverged', index: size }] })
    }
  })

  test('says at which checkpoint two histories part', async () => {
    const ledger = await ledgerOf(60, [20, 40, 60])
    const entries = replaceAt(30, (entry) => ({ ...entry, ...entryOf(testEvent(999)) }))
    const tiles = await rebuildTiles(entries(await ledger.store.read(0, 4_096)))
    const record = (key: Key, value: Json): Json => tiles.get(key.join('/')) ?? value

    const found = await tampered(ledger, { entries, record }, { quick: true })
    expect(found).toMatchObject({ problemCount: 1, problems: [{ kind: 'root_diverged', index: 40 }] })
  })
})

describe('verifyLedger on altered checkpoints', () => {
  test('never takes a note in which any one character was changed', async () => {
    const ledger = await ledgerOf(9)
    const note = await noteAt(ledger.store, 9)
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: note.length - 1 }), fc.integer({ min: 1, max: 127 }), async (at, mask) => {
        const character = String.fromCharCode(note.charCodeAt(at) ^ mask)
        const changed = note.slice(0, at) + character + note.slice(at + 1)
        const found = await tampered(ledger, { record: withNote(9, changed) })

        expect(found.verdict).toBe('bad_signature')
      }),
      { numRuns: 200 },
    )
  })

  test('refuses a checkpoint that a stranger has signed under the same name', async () => {
    const ledger = await ledgerOf(9)
    const forged = await ledgerOf(9, [])
    const { store } = forged
    await signWith(store, 70)

    const found = await tampered(ledger, { record: withNote(9, await noteAt(store, 9)) })
    expect(found).toMatchObject({ verdict: 'bad_signature', problems: [{ kind: 'checkpoint_unsigned', index: 9 }] })
  })

  test('refuses a checkpoint in the place of another', async () => {
    const ledger = await ledgerOf(9, [5, 9])
    const found = await tampered(ledger, { record: withNote(9, await noteAt(ledger.store, 5)) })

    expect(found).toMatchObject({ verdict: 'bad_signature', problems: [{ kind: 'checkpoint_misplaced', index: 9 }] })
  })

  test('refuses a checkpoint that names another ledger', async () => {
    const ledger = await ledgerOf(9, [])
    await ledger.signer.signUpTo()
    const renamed = (await noteAt(ledger.store, 9)).replace('audit.example.com/test\n', 'audit.example.com/rest\n')

    const found = await tampered(ledger, { record: withNote(9, renamed) })
    expect(found.verdict).toBe('bad_signature')
  })

  test('finds the newest checkpoint gone, with and without its head', async () => {
    const ledger = await ledgerOf(9, [5, 9])
    const gone = (key: Key): boolean => key.join('/') === checkpointKey(9).join('/')
    const notSigned = { size: 5, root: '', at: 0 }

    const one = await tampered(ledger, { record: (key, value) => (gone(key) ? undefined : value) })
    const both = await tampered(ledger, {
      record: (key, value) => (gone(key) ? undefined : key[1] === 'head' ? notSigned : value),
    })
    expect(one).toMatchObject({ verdict: 'incomplete', problems: [{ kind: 'checkpoint_missing', index: 9 }] })
    expect(both.problems.map((problem) => problem.kind)).toEqual(['head_differs', 'tree_ahead'])
  })

  test('finds all checkpoints gone as long as head or tree tell of them', async () => {
    const ledger = await ledgerOf(9)
    const removing = (...areas: readonly string[]): Tampering => ({
      record: (key, value) => (areas.includes(key[1] ?? '') ? undefined : value),
    })

    expect(await tampered(ledger, removing('checkpoint'))).toMatchObject({ verdict: 'incomplete' })
    expect(await tampered(ledger, removing('checkpoint', 'tile'))).toMatchObject({ verdict: 'incomplete' })
    expect(await tampered(ledger, removing('checkpoint', 'head'))).toMatchObject({ verdict: 'incomplete' })
    expect(await tampered(ledger, removing('checkpoint', 'head', 'tile'))).toMatchObject({ verdict: 'unverifiable' })
  })

  test('finds a head that is gone, unreadable or behind', async () => {
    const ledger = await ledgerOf(9, [5, 9])
    const head = (change: Json | undefined): Tampering => ({
      record: (key, value) => (key[1] === 'head' ? change : value),
    })

    expect(await tampered(ledger, head(undefined))).toMatchObject({ problems: [{ kind: 'head_missing' }] })
    expect(await tampered(ledger, head('?'))).toMatchObject({ verdict: 'corrupt' })
    expect(await tampered(ledger, head({ size: 5, root: '', at: 0 }))).toMatchObject({ verdict: 'corrupt' })
    expect(await tampered(ledger, head({ size: 9, root: 'AAAA', at: 0 }))).toMatchObject({ verdict: 'corrupt' })
  })

  test('lets a bad signature outweigh everything beneath it', async () => {
    const ledger = await ledgerOf(9)
    const found = await tampered(ledger, { entries: editAt(3, 3), record: withNote(9, 'no note') })

    expect(found.verdict).toBe('bad_signature')
  })
})

describe('verifyLedger on a ledger put back to an earlier day', () => {
  test('finds it incomplete by a checkpoint that was kept elsewhere', async () => {
    const today = await ledgerOf(9, [5, 9])
    const yesterday = await ledgerOf(5)
    const known = [await noteAt(today.store, 9)]

    expect(await verify(yesterday)).toMatchObject({ verdict: 'good' })
    expect(await verify(yesterday, { knownCheckpoints: known })).toMatchObject({
      verdict: 'incomplete',
      problems: expect.arrayContaining([expect.objectContaining({ kind: 'entry_missing', index: 5 })]),
    })
  })

  test('finds it diverged when it went on differently', async () => {
    const ours = await ledgerOf(9)
    const theirs = await emptyLedger()
    await appendUpTo(theirs.store, 5)
    await append(
      theirs.store,
      [5, 6, 7, 8].map((index) => ({ ...testEvent(index), tenant: 'other' })),
    )
    await theirs.signer.signUpTo()

    const found = await verify(theirs, { knownCheckpoints: [await noteAt(ours.store, 9)] })
    expect(found).toMatchObject({ verdict: 'diverged', problems: [{ kind: 'root_diverged', index: 9 }] })
  })

  test('takes a known checkpoint that the ledger has too, and refuses one that is forged', async () => {
    const ledger = await ledgerOf(9, [5, 9])
    const note = await noteAt(ledger.store, 5)

    expect(await verify(ledger, { knownCheckpoints: [note] })).toMatchObject({ verdict: 'good' })
    expect(await verify(ledger, { knownCheckpoints: [note.replace('5', '6')] })).toMatchObject({
      verdict: 'bad_signature',
    })
  })
})

describe('verifyLedger without signatures', () => {
  test('cannot tell when nothing is signed', async () => {
    const found = await verify(await ledgerOf(9, []))

    expect(found).toMatchObject({
      verdict: 'unverifiable',
      signedSize: 0,
      root: '',
      problems: [{ kind: 'nothing_signed' }],
    })
  })

  test('cannot tell without a key, but still judges the content', async () => {
    const { store } = await ledgerOf(9)
    const edited = await tamper(store, { entries: editAt(3, 3) })

    expect(await verifyLedger({ store, verifierKeys: [] })).toMatchObject({
      verdict: 'unverifiable',
      problems: [{ kind: 'no_keys' }],
    })
    expect((await verifyLedger({ store: edited, verifierKeys: [] })).verdict).not.toBe('good')
  })

  test('finds a store in which nothing was ever signed unverifiable, were it empty', async () => {
    expect(await verify(await emptyLedger())).toMatchObject({ verdict: 'unverifiable', size: 0 })
  })

  test('finds a ledger that was begun and holds nothing yet good', async () => {
    const ledger = await emptyLedger()
    await ledger.signer.begin()

    expect(await verify(ledger)).toMatchObject({ verdict: 'good', size: 0, signedSize: 0 })
  })

  test('refuses malformed keys, too many of them and unknown options', async () => {
    const { store } = await emptyLedger()
    const input = expect.objectContaining({ code: 'ERR_AUDIT_INPUT' })

    await expect(verifyLedger({ store, verifierKeys: ['a+b+c'] })).rejects.toEqual(input)
    await expect(verifyLedger({ store, verifierKeys: Array.from({ length: 101 }, () => '') })).rejects.toEqual(input)
    await expect(
      verifyLedger({ store, verifierKeys: [], knownCheckpoints: Array.from({ length: 1_001 }, () => '') }),
    ).rejects.toEqual(input)
    await expect(verifyLedger(Object.assign({ store, verifierKeys: [] }, { fast: true }))).rejects.toEqual(input)
  })

  test('rejects with the error of a store that cannot be read', async () => {
    const ledger = await ledgerOf(3)
    const broken = {
      ...(await tamper(ledger.store, {})),
      read: async () => Promise.reject(new Error('the disk is away')),
    }

    await expect(verifyLedger({ store: broken, verifierKeys: ledger.verifierKeys })).rejects.toThrow('the disk is away')
  })
})

describe('verifyLedger on what entries say', () => {
  test('finds a challenge that ends twice in a ledger whose signatures all hold', async () => {
    const ledger = await ledgerOf(3, [])
    await append(ledger.store, [
      { ...testEvent(4), challenge: 'challenge-0', writer: { ...testEvent(4).writer, seq: 4 } },
    ])
    await ledger.signer.signUpTo()

    const found = await verify(ledger)
    expect(found).toMatchObject({ verdict: 'corrupt', problems: [{ kind: 'challenge_ended_twice', index: 3 }] })
  })

  test('finds an event that its writer counted and that is not in the log', async () => {
    const ledger = await ledgerOf(3, [])
    await append(ledger.store, [beatAfter(4)])
    await ledger.signer.signUpTo()

    const found = await verify(ledger)
    expect(found).toMatchObject({ verdict: 'incomplete', problems: [{ kind: 'writer_gap', index: 3 }] })
  })

  test('finds bytes that are JSON but not in canonical form', async () => {
    const ledger = await emptyLedger()
    const entry = entryOf(testEvent(0))
    const spaced = Buffer.from(JSON.stringify(JSON.parse(Buffer.from(entry.bytes).toString()), null, 1))
    await ledger.store.commit({ id: 'a', writes: [], entries: [{ ...entry, bytes: spaced }] })
    await ledger.signer.signUpTo()

    expect(await verify(ledger)).toMatchObject({
      verdict: 'corrupt',
      problems: [{ kind: 'entry_not_canonical', index: 0 }],
    })
  })

  test('names an innocent cause where there is one, and never what an entry holds', async () => {
    const ledger = await ledgerOf(9)
    const { problems } = await tampered(ledger, { entries: editAt(3, 3) })

    expect(problems[0]?.innocent).toBeDefined()
    expect(JSON.stringify(problems)).not.toMatch(/person-|event-|challenge-\d/)
  })
})

async function verify(ledger: TestLedger, options: Partial<VerifyOptions> = {}): Promise<Verification> {
  const store = { ...liveReads(ledger.store), commit: never }
  return verifyLedger({ store, verifierKeys: ledger.verifierKeys, ...options })
}

async function never(): Promise<never> {
  throw new Error('a verifier never writes')
}

// The store itself, but for writing.
function liveReads(store: Store): Omit<Store, 'commit'> {
  return {
    get: async (keys) => store.get(keys),
    list: async (prefix, page) => store.list(prefix, page),
    due: async (prefix, limit) => store.due(prefix, limit),
    read: async (from, limit) => store.read(from, limit),
    readBytes: async (from, limit) => store.readBytes(from, limit),
    find: async (query, page) => store.find(query, page),
    first: async () => store.first(),
    size: async () => store.size(),
    now: () => store.now(),
    close: async () => store.close(),
  }
}

async function tampered(
  ledger: TestLedger,
  tampering: Tampering,
  options: Partial<VerifyOptions> = {},
): Promise<Verification> {
  const store = await tamper(ledger.store, tampering)
  return verifyLedger({ store, verifierKeys: ledger.verifierKeys, ...options })
}

function replaceAt(index: number, change: (entry: StoredEntry) => StoredEntry): NonNullable<Tampering['entries']> {
  return (entries) => entries.map((entry) => (entry.index === index ? change(entry) : entry))
}

function editAt(index: number, at: number): NonNullable<Tampering['entries']> {
  return replaceAt(index, (entry) => flipByte(entry, at))
}

function without(index: number): NonNullable<Tampering['entries']> {
  return (entries) => entries.filter((entry) => entry.index !== index)
}

function insert(entries: readonly StoredEntry[], at: number, entry: StoredEntry | undefined): readonly StoredEntry[] {
  return entry === undefined ? entries : entries.toSpliced(at + 1, 0, entry)
}

function swap(entries: readonly StoredEntry[], one: number, other: number): readonly StoredEntry[] {
  const [a, b] = [entries[one], entries[other]]
  return a === undefined || b === undefined ? entries : entries.with(one, b).with(other, a)
}

function isTile(key: Key, level: number, index: number): boolean {
  return key[1] === 'tile' && Number(key[2]) === level && Number(key[3]) === index
}

function changeTile(value: Json, at: number): Json {
  const { width, hashes } = JSON.parse(JSON.stringify(value))
  const bytes = Buffer.from(hashes, 'base64')
  bytes[at * 32] = (bytes[at * 32] ?? 0) ^ 1
  return { width, hashes: bytes.toString('base64') }
}

async function rebuildTiles(entries: readonly StoredEntry[]): Promise<ReadonlyMap<string, Json>> {
  const leaves = entries.map((entry) => leafHash(entry.bytes))
  const { tiles } = await growTiles(0, leaves, async () => [])
  const writes = tiles.map((tile) => putTile(tile, null))
  return new Map(writes.flatMap((write) => (write.op === 'put' ? [[write.key.join('/'), write.value] as const] : [])))
}

function withNote(size: number, note: string): NonNullable<Tampering['record']> {
  return (key, value) => (key.join('/') === checkpointKey(size).join('/') ? { note } : value)
}

async function noteAt(store: Store, size: number): Promise<string> {
  const records = await store.list(CHECKPOINT_PREFIX, { limit: 1_000 })
  const found = records.find((record) => Number(record.key.at(-1)) === size)
  return JSON.parse(JSON.stringify(found?.value)).note
}

/** The heartbeat of the writer of the test events, which says that so many of them are there. */
function beatAfter(settled: number): AuditEvent {
  const data = { queued: 0, pending: 0, monotonicMs: settled, settled }
  const { v, id, at, writer } = testEvent(settled)
  return { v, id, at, writer, type: 'ledger.heartbeat', data }
}

async function signWith(store: Store, seed: number): Promise<void> {
  await signerOf({ store, keyring: testKeyring(seed) }).signUpTo()
}
