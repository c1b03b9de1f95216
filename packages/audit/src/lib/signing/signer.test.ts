import { formatVerifierKey, openNote, parseCheckpoint, parseVerifierKey } from '@sallyport/tlog/note'
import fc from 'fast-check'
import type { Json, Key, Store } from '@sallyport/store'
import { describe, expect, test, vi } from 'vitest'
import {
  append,
  appendUpTo,
  emptyLedger,
  ledgerOf,
  ORIGIN,
  signerOf,
  tamper,
  testEvent,
  testKeyring,
  type TestLedger,
} from '../../../test/ledger.ts'
import type { Signer } from './signer.ts'
import type { CheckpointPlace } from './signer-place.ts'
import { CHECKPOINT_PREFIX, HEAD_KEY } from './tree-store.ts'
import { verifyLedger } from '../verifying/verify.ts'

const code = (value: string): unknown => expect.objectContaining({ code: value })

describe('createSigner', () => {
  test('signs a ledger whose note opens under the verifier key and names origin, size and root', async () => {
    const { store, signer, verifierKeys } = await ledgerOf(5, [])
    const { size, root, signed } = await signer.signUpTo()

    const [record] = await store.list(CHECKPOINT_PREFIX, { limit: 10 })
    const { text } = openNote(noteOf(record?.value), verifierKeys.map(parseVerifierKey))
    const checkpoint = parseCheckpoint(text)
    expect({ size, signed }).toEqual({ size: 5, signed: true })
    expect(checkpoint).toMatchObject({ origin: ORIGIN, size: 5 })
    expect(Buffer.from(checkpoint.root).toString('base64')).toBe(root)
  })

  test('signs nothing when nothing is new', async () => {
    const { store, signer } = await ledgerOf(5)
    const again = await signer.signUpTo()

    expect(again).toMatchObject({ size: 5, signed: false })
    expect(await store.list(CHECKPOINT_PREFIX, { limit: 10 })).toHaveLength(1)
  })

  test('signs nothing of an empty log and gives the empty root', async () => {
    const { store, signer } = await emptyLedger()

    expect(await signer.signUpTo()).toEqual({
      size: 0,
      root: '47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=',
      signed: false,
    })
    expect(await store.get([HEAD_KEY])).toEqual([undefined])
  })

  test('puts at most 1,000 further entries under one checkpoint and catches up', async () => {
    const { store, signer } = await ledgerOf(2_500, [])
    await signer.signUpTo()

    const sizes = (await store.list(CHECKPOINT_PREFIX, { limit: 10 })).map((record) => Number(record.key.at(-1)))
    expect(sizes).toEqual([1_000, 2_000, 2_500])
  })

  test('makes a good ledger wherever the checkpoints fall', async () => {
    const steps = fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 8 })
    await fc.assert(
      fc.asyncProperty(steps, async (counts) => {
        const { store, signer, verifierKeys } = await emptyLedger()
        for (const count of counts) {
          await appendUpTo(store, (await store.size()) + count)
          await signer.signUpTo()
        }

        expect(await verifyLedger({ store, verifierKeys })).toMatchObject({ verdict: 'good', problems: [] })
      }),
      { numRuns: 25 },
    )
  })

  test('never forks: 50 signers at once make one line of checkpoints that verifies', async () => {
    const { store, keyring, verifierKeys } = await ledgerOf(1_500, [])
    const signers = Array.from({ length: 50 }, () => signerOf({ store, keyring }))
    const results = await Promise.all(signers.map((signer) => signer.signUpTo()))

    const sizes = (await store.list(CHECKPOINT_PREFIX, { limit: 10 })).map((record) => Number(record.key.at(-1)))
    expect(new Set(results.map(({ size, root }) => `${size} ${root}`)).size).toBe(1)
    expect(sizes).toEqual([1_000, 1_500])
    expect(await verifyLedger({ store, verifierKeys })).toMatchObject({ verdict: 'good', signedSize: 1_500 })
  })

  test('goes on after a rotation of the key, and both keys verify the ledger', async () => {
    const ledger = await ledgerOf(3)
    const { store, signer, verifierKeys } = ledger
    const [newKeyring, oldKeyring] = [testKeyring(40), ledger.keyring]
    const keyring = {
      ...newKeyring,
      publicKeys: async () => [...(await newKeyring.publicKeys()), ...(await oldKeyring.publicKeys())],
    }
    const [publicKey = new Uint8Array()] = await newKeyring.publicKeys()
    await appendUpTo(store, 6)
    await signerOf({ store, keyring }).signUpTo()

    const keys = [...verifierKeys, formatVerifierKey(ORIGIN, publicKey)]
    expect(await verifyLedger({ store, verifierKeys: keys })).toMatchObject({ verdict: 'good', signedSize: 6 })
    expect(await signer.signUpTo()).toMatchObject({ size: 6, signed: false })
  })

  test('refuses a log that is shorter than what was signed', async () => {
    const ledger = await ledgerOf(9)
    const cut = await tamper(ledger.store, { entries: (entries) => entries.slice(0, 8) })

    await expect(signerOn(ledger, cut).signUpTo()).rejects.toEqual(code('ERR_AUDIT_ROLLED_BACK'))
  })

  test('refuses a log that was cut and has grown past its old end', async () => {
    const ledger = await ledgerOf(9)
    const other = await emptyLedger()
    await appendUpTo(other.store, 12)
    const grown = await other.store.read(0, 100)
    const regrown = await tamper(ledger.store, {
      entries: () => grown.map((entry) => (entry.index < 5 ? entry : { ...entry, bytes: Buffer.from('{}') })),
    })

    await expect(signerOn(ledger, regrown).signUpTo()).rejects.toEqual(code('ERR_AUDIT_ROLLED_BACK'))
  })

  test('refuses a head whose root does not follow from the tree, and signs nothing', async () => {
    const ledger = await ledgerOf(9)
    await appendUpTo(ledger.store, 12)
    const altered = await tamper(ledger.store, {
      record: (key, value) => (isHead(key) ? { ...objectOf(value), root: 'AAAA' } : value),
    })

    await expect(signerOn(ledger, altered).signUpTo()).rejects.toEqual(code('ERR_AUDIT_TREE_CORRUPT'))
  })

  test('refuses a tile that is gone, cut or altered', async () => {
    const ledger = await ledgerOf(9)
    await appendUpTo(ledger.store, 12)
    const tile = (change: (value: Json) => Json | undefined) => async (): Promise<unknown> => {
      const store = await tamper(ledger.store, { record: (key, value) => (key[1] === 'tile' ? change(value) : value) })
      return signerOn(ledger, store).signUpTo()
    }

    await expect(tile(() => undefined)()).rejects.toEqual(code('ERR_AUDIT_TREE_CORRUPT'))
    await expect(tile(() => ({ width: 3, hashes: 'AAAA' }))()).rejects.toEqual(code('ERR_AUDIT_TREE_CORRUPT'))
    await expect(tile(() => ({ width: 9, hashes: Buffer.alloc(288).toString('base64') }))()).rejects.toEqual(
      code('ERR_AUDIT_TREE_CORRUPT'),
    )
  })

  test('refuses a head that no checkpoint of ours says, were its tree made to fit', async () => {
    const ledger = await ledgerOf(9)
    const forged = await ledgerOf(8)
    const [head] = await forged.store.get([HEAD_KEY])
    await appendUpTo(ledger.store, 12)
    const altered = await tamper(ledger.store, {
      record: (key, value) => (isHead(key) ? { ...objectOf(head?.value ?? null), size: 9 } : value),
    })

    await expect(signerOn(ledger, altered).signUpTo()).rejects.toEqual(code('ERR_AUDIT_TREE_CORRUPT'))
  })

  test('refuses to sign a past that was made anew under the running process', async () => {
    const { store, signer } = await ledgerOf(9)
    const records = await store.list(['ledger'], { limit: 100 })
    const writes = records.map(({ key, version }) => ({ op: 'remove', key, expect: version }) as const)
    await store.commit({ id: 'wiped', writes, entries: [] })
    await appendUpTo(store, 12)

    await expect(signer.signUpTo()).rejects.toEqual(code('ERR_AUDIT_ROLLED_BACK'))
  })

  test('refuses to go on when the head has gone that another process signed', async () => {
    const { store, keyring, signer } = await emptyLedger()
    await signer.begin()
    await appendUpTo(store, 5)
    await signerOf({ store, keyring }).signUpTo()
    const records = await store.list(['ledger'], { limit: 100 })
    const writes = records.map(({ key, version }) => ({ op: 'remove', key, expect: version }) as const)
    await store.commit({ id: 'wiped', writes, entries: [] })

    await expect(signer.signUpTo()).rejects.toEqual(code('ERR_AUDIT_ROLLED_BACK'))
  })

  test('begins beside another process that begins and writes in the same moment', async () => {
    const { store, keyring, signer } = await emptyLedger()
    const interrupted: Store = {
      ...store,
      size: async () => {
        await signer.begin()
        await appendUpTo(store, 1)
        return await store.size()
      },
    }

    await expect(signerOf({ store: interrupted, keyring }).begin()).resolves.toBeUndefined()
  })

  test('refuses to begin with a log that holds entries while nothing says what was signed', async () => {
    const { store, signer } = await emptyLedger()
    await appendUpTo(store, 3)

    await expect(signer.begin()).rejects.toEqual(code('ERR_AUDIT_ROLLED_BACK'))
  })

  test('refuses a head that is not readable', async () => {
    const ledger = await ledgerOf(3)
    const altered = await tamper(ledger.store, { record: (key, value) => (isHead(key) ? { size: -1 } : value) })

    await expect(signerOn(ledger, altered).signUpTo()).rejects.toEqual(code('ERR_AUDIT_TREE_CORRUPT'))
  })

  test('refuses to write over a checkpoint that stands where the next one belongs', async () => {
    const { store, signer } = await ledgerOf(3)
    const key = [...CHECKPOINT_PREFIX, '5'.padStart(16, '0')]
    await store.commit({ id: 'planted', writes: [{ op: 'put', key, value: { note: '' }, expect: null }], entries: [] })
    await appendUpTo(store, 5)

    await expect(signer.signUpTo()).rejects.toEqual(code('ERR_AUDIT_TREE_CORRUPT'))
  })

  test('refuses a log with a gap', async () => {
    const ledger = await ledgerOf(3)
    await appendUpTo(ledger.store, 6)
    const gap = await tamper(ledger.store, { entries: (entries) => entries.filter((entry) => entry.index !== 4) })

    await expect(signerOn(ledger, gap).signUpTo()).rejects.toEqual(code('ERR_AUDIT_TREE_CORRUPT'))
  })

  test('rejects with the error of a keyring that cannot sign, and leaves no trace', async () => {
    const { store, keyring } = await ledgerOf(3, [])
    const broken = { ...keyring, sign: async () => Promise.reject(new Error('the key service is away')) }

    await expect(signerOf({ store, keyring: broken }).signUpTo()).rejects.toThrow('the key service is away')
    expect(await store.get([HEAD_KEY])).toEqual([undefined])
  })

  test('never signs with a key that it does not name', async () => {
    const { store, keyring } = await ledgerOf(3, [])
    const wrong = { ...keyring, sign: async (message: Uint8Array) => testKeyring(90).sign(message) }

    await expect(signerOf({ store, keyring: wrong }).signUpTo()).rejects.toEqual(code('ERR_TLOG_NOTE_BAD_SIGNATURE'))
  })
})

describe('createSigner with a second place', () => {
  test('keeps the newest checkpoint there and goes on from it', async () => {
    const { store, keyring, verifierKeys } = await ledgerOf(3, [])
    const { place, notes } = memoryPlace()
    await signerOf({ store, keyring, place }).signUpTo()
    await appendUpTo(store, 300)
    await signerOf({ store, keyring, place }).signUpTo()

    const { text } = openNote(notes.at(-1) ?? '', verifierKeys.map(parseVerifierKey))
    expect(parseCheckpoint(text).size).toBe(300)
  })

  test('brings a note there that it could not bring at once', async () => {
    const { store, keyring } = await ledgerOf(3, [])
    const { place, notes } = memoryPlace()
    const write = vi
      .fn<typeof place.write>(async (note) => await place.write(note))
      .mockRejectedValueOnce(new Error('the disk is full'))
    const signer = signerOf({ store, keyring, place: { ...place, write } })

    await expect(signer.signUpTo()).rejects.toThrow('the disk is full')
    await signer.signUpTo()

    expect(notes).toHaveLength(2)
  })

  test('never goes back: who could not write an older checkpoint brings the newest one', async () => {
    const { store, keyring } = await emptyLedger()
    const { place, notes } = memoryPlace()
    const full = vi.fn<typeof place.write>(async (note) => await place.write(note))
    const [one, two] = [
      signerOf({ store, keyring, place: { ...place, write: full } }),
      signerOf({ store, keyring, place }),
    ]
    await one.begin()
    await appendUpTo(store, 100)
    full.mockRejectedValueOnce(new Error('the disk is full'))
    await one.signUpTo().catch(() => undefined)
    await appendUpTo(store, 300)
    await two.signUpTo()
    await one.signUpTo()

    expect(notes.map(sizeOf)).toEqual([undefined, 0, 300])
  })

  test('gets the newest checkpoint from who could not bring the one before, though nobody signs any more', async () => {
    const { store, keyring } = await emptyLedger()
    const { place, notes } = memoryPlace()
    const write = vi
      .fn<typeof place.write>(async (note) => await place.write(note))
      .mockRejectedValueOnce(new Error('the disk is full'))
    const one = signerOf({ store, keyring, place: { ...place, write } })
    await appendUpTo(store, 3)
    await one.signUpTo().catch(() => undefined)
    await appendUpTo(store, 5)
    await signerOf({ store, keyring }).signUpTo()
    await one.signUpTo()

    expect(notes.map(sizeOf)).toEqual([undefined, 5])
  })

  test('never ends older than what one of 50 writers was told to be kept, however slow and broken it is (property)', async () => {
    const writer = fc.record({ start: fc.nat(60), slowness: fc.nat(30), faultEvery: fc.integer({ min: 2, max: 9 }) })
    await fc.assert(
      fc.asyncProperty(fc.array(writer, { minLength: 50, maxLength: 50 }), async (writers) => {
        const { store, keyring } = await emptyLedger()
        const { place, notes } = memoryPlace()
        const acknowledged = await Promise.all(
          writers.map(async ({ start, ...trouble }) => {
            const signer = signerOf({ store, keyring, place: troubled(place, trouble) })
            await passTurns(start)
            await append(store, [testEvent(start)]).catch(() => undefined)
            return await untilSigned(signer)
          }),
        )

        expect(sizeOf(notes.at(-1) ?? '')).toBeGreaterThanOrEqual(Math.max(...acknowledged))
      }),
      { numRuns: 40 },
    )
  })

  test('is not written over when somebody has put something else there', async () => {
    const { store, keyring } = await ledgerOf(3, [])
    const { place, notes } = memoryPlace()
    const broken = { ...place, write: async () => Promise.reject(new Error('the disk is full')) }
    const signer = signerOf({ store, keyring, place: broken })
    await signer.signUpTo().catch(() => undefined)
    notes.push('something else\n')

    await expect(signer.signUpTo()).rejects.toEqual(code('ERR_AUDIT_CHECKPOINT_FILE'))
  })

  test('that forgets what is written is not taken for one that keeps it', async () => {
    const { store, keyring } = await ledgerOf(3, [])
    const place = { read: async () => '', write: async () => undefined }

    await expect(signerOf({ store, keyring, place }).signUpTo()).rejects.toEqual(code('ERR_AUDIT_CHECKPOINT_FILE'))
  })

  test('refuses a store that was put back as a whole, which looks intact by itself', async () => {
    const { place } = memoryPlace()
    const today = await ledgerOf(9, [])
    await signerOf({ ...today, place }).signUpTo()
    const yesterday = await ledgerOf(5)
    await appendUpTo(yesterday.store, 7)

    await expect(signerOf({ ...yesterday, place }).signUpTo()).rejects.toEqual(code('ERR_AUDIT_ROLLED_BACK'))
  })

  test('refuses a store with another past of the same length', async () => {
    const { place } = memoryPlace()
    const ours = await ledgerOf(5, [])
    await signerOf({ ...ours, place }).signUpTo()
    const theirs = await emptyLedger()
    await theirs.store.commit({
      id: 'a',
      writes: [],
      entries: [{ id: 'a', at: 0, bytes: Buffer.from('{}'), tags: {} }],
    })
    await appendUpTo(theirs.store, 5)
    await signerOf(theirs).signUpTo()
    await appendUpTo(theirs.store, 6)

    await expect(signerOf({ ...theirs, place }).signUpTo()).rejects.toEqual(code('ERR_AUDIT_ROLLED_BACK'))
  })

  test('refuses the checkpoint of another ledger', async () => {
    const { place } = memoryPlace()
    const ledger = await ledgerOf(3, [])
    await signerOf({ ...ledger, origin: 'audit.example.com/other', place }).signUpTo()
    await appendUpTo(ledger.store, 6)

    await expect(signerOf({ ...ledger, place }).signUpTo()).rejects.toMatchObject({ code: expect.any(String) })
  })
})

function signerOn(ledger: TestLedger, store: Store): Signer {
  return signerOf({ store, keyring: ledger.keyring })
}

/** A second place that was begun empty. */
function memoryPlace(): { place: CheckpointPlace; notes: string[] } {
  const notes = ['']
  return { notes, place: { read: async () => notes.at(-1), write: async (note) => void notes.push(note) } }
}

/** A second place that takes its time, and of whose writes some fail when that is over. */
function troubled(
  place: CheckpointPlace,
  { slowness, faultEvery }: { readonly slowness: number; readonly faultEvery: number },
): CheckpointPlace {
  let writes = 0
  return {
    read: async () => await place.read(),
    write: async (note) => {
      await passTurns(slowness)
      if (++writes % faultEvery === 0) throw new Error('the disk is full')
      await place.write(note)
    },
  }
}

/** Gives the size that a signer says to be signed, as soon as it does. */
async function untilSigned(signer: Signer): Promise<number> {
  for (;;) {
    const signed = await signer.signUpTo().catch(() => undefined)
    if (signed !== undefined) return signed.size
  }
}

async function passTurns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve))
}

function sizeOf(note: string): number | undefined {
  return note === '' ? undefined : parseCheckpoint(note.slice(0, note.indexOf('\n\n') + 1)).size
}

function isHead(key: Key): boolean {
  return key.join() === HEAD_KEY.join()
}

function objectOf(value: Json): { readonly [name: string]: Json } {
  return isObject(value) ? value : {}
}

function isObject(value: Json): value is { readonly [name: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function noteOf(value: Json | undefined): string {
  const { note } = objectOf(value ?? null)
  return typeof note === 'string' ? note : ''
}
