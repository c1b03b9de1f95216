import { createKeyFile, openKeyring, retireSignKeys, rotateKey, type Keyring } from '@sallyport/keyring'
import type { Store } from '@sallyport/store'
import { ed25519Signer, formatVerifierKey, signNote } from '@sallyport/tlog/note'
import fc from 'fast-check'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { LEDGER, withBench, type Bench } from '../../../test/bench.ts'
import { tamper, testKeyring } from '../../../test/ledger.ts'
import type { Audit } from '../audit-contract.ts'
import { formatManifest, MANIFEST_PREFIX, parseManifest, readManifests, type KeyManifest } from './key-manifest.ts'
import { splitNote } from '../receipts/note-parts.ts'
import { LedgerKeys } from './ledger-keys.ts'
import { CHECKPOINT_PREFIX, checkpointKey, readHead } from './tree-store.ts'
import type { LedgerEvent } from '../events/types.ts'
import { verifyLedger, type Verification } from '../verifying/verify.ts'

const code = (value: string): unknown => expect.objectContaining({ code: value })

describe('the keys of a ledger', () => {
  test('are named by it from its first commit on, and not again', async () => {
    await withBench(async ({ open, store, keyring, events }) => {
      await (await open()).close()
      await (await open()).close()

      const [manifest] = await manifestsOf(store)
      expect(await manifestsOf(store)).toHaveLength(1)
      expect(manifest).toEqual({
        origin: LEDGER,
        number: 1,
        keys: [{ verifierKey: await textOfKey(keyring), from: 0 }],
      })
      expect(keyEvents(await events())).toEqual([`added 1 ${await textOfKey(keyring)}`])
    })
  })

  test('change from an old one to a new one while processes with either go on, and one key verifies all', async () => {
    await withRotation(async ({ open, store, old, both, renewed, events }) => {
      const before = await open({ keyring: old, pollMs: 1_000 })
      await deny(before)
      const after = await open({ keyring: both, pollMs: 1_000 })
      await deny(after)
      await deny(before)
      const last = await open({ keyring: renewed, pollMs: 1_000 })
      await deny(last)
      await Promise.all([after.close(), last.close()])

      const [one, two] = [await textOfKey(old), await textOfKey(renewed)]
      const [, added, retired] = await manifestsOf(store)
      const [from = 0, until = 0] = [added?.keys[1]?.from, retired?.keys[0]?.until]
      expect(added?.keys).toEqual([
        { verifierKey: one, from: 0 },
        { verifierKey: two, from },
      ])
      expect(retired?.keys).toEqual([
        { verifierKey: one, from: 0, until },
        { verifierKey: two, from },
      ])
      expect(from).toBeGreaterThan(0)
      expect(until).toBeGreaterThan(from)
      expect(keyEvents(await events())).toEqual([`added 1 ${one}`, `added 2 ${two}`, `retired 3 ${one}`])
      expect(await signersOf(store, [old, renewed])).toEqual(new Set([one, two]))
      for (const verifierKeys of [[one], [two], [one, two]]) {
        expect(await verifyLedger({ store, verifierKeys })).toMatchObject({ verdict: 'good', problems: [] })
      }
    })
  })

  test('let an older process sign while its key is trusted, also what the newer one wrote', async () => {
    await withRotation(async ({ open, store, old, both, renewed }) => {
      const before = await open({ keyring: old, pollMs: 1_000 })
      const after = await open({ keyring: both, pollMs: 1_000 })
      await after.emit('access.denied', { data: { requirement: 'r' } })
      await before.settle()

      const found = await verifyLedger({ store, verifierKeys: [await textOfKey(renewed)] })
      expect(found).toMatchObject({ verdict: 'good', signedSize: await store.size() })
      expect(await signersOf(store, [old])).toEqual(new Set([await textOfKey(old)]))
    })
  })

  test('let a process whose key was retired record, but sign no more; the others sign what it records', async () => {
    await withRotation(async ({ open, store, old, both, renewed, events }) => {
      const before = await open({ keyring: old, pollMs: 1_000 })
      await (await open({ keyring: both, pollMs: 1_000 })).close()
      const last = await open({ keyring: renewed, pollMs: 1_000 })

      expect(await before.emit('access.denied', { data: { requirement: 'r' } })).toBe('recorded')
      await expect(before.settle()).rejects.toEqual(code('ERR_AUDIT_KEYS'))
      await last.settle()

      expect((await events()).at(-1)?.type).toBe('access.denied')
      const found = await verifyLedger({ store, verifierKeys: [await textOfKey(old)] })
      expect(found).toMatchObject({ verdict: 'good', signedSize: await store.size() })
    })
  })

  test('sign nothing with a key that another process retires in the same moment', async () => {
    await withRotation(async ({ open, store, old, both, renewed }) => {
      const before = await open({ keyring: old, pollMs: 1_000 })
      await (await open({ keyring: both })).close()
      await deny(before)
      const signed = await readHead(store)
      const retirement = await new LedgerKeys({ store, keyring: renewed, origin: LEDGER }).plan(signed)
      await store.commit({ id: 'retirement', writes: retirement?.writes ?? [], entries: [] })

      await expect(deny(before)).rejects.toEqual(code('ERR_AUDIT_KEYS'))
      expect((await manifestsOf(store)).at(-1)?.keys[0]?.until).toBe(signed.head.size)
      expect(await readHead(store)).toEqual(signed)
    })
  })

  test('of a ledger that is begun with two of them lead from either to the other', async () => {
    await withRotation(async ({ open, store, old, both }) => {
      await (await open({ keyring: both })).close()
      await (await open({ keyring: old })).close()

      expect(await manifestsOf(store)).toHaveLength(1)
      for (const keyring of [old, both]) {
        const found = await verifyLedger({ store, verifierKeys: [await textOfKey(keyring)] })
        expect(found).toMatchObject({ verdict: 'good', problems: [] })
      }
    })
  })

  test('refuse to be opened with a key that was retired, and nothing is written then', async () => {
    await withRotation(async ({ open, store, old, both, renewed }) => {
      for (const keyring of [old, both, renewed]) await (await open({ keyring })).close()
      const before = await contentOf(store)

      await expect(open({ keyring: old })).rejects.toEqual(code('ERR_AUDIT_KEYS'))
      expect(await contentOf(store)).toEqual(before)
    })
  })

  test('refuse the key ring of a stranger, and nothing is written then', async () => {
    await withBench(async ({ open, store, folder }) => {
      await (await open()).close()
      const before = await contentOf(store)
      await createKeyFile(join(folder, 'stranger.json'))
      const stranger = await openKeyring(join(folder, 'stranger.json'))

      await expect(open({ keyring: stranger })).rejects.toEqual(code('ERR_AUDIT_KEYS'))
      expect(await contentOf(store)).toEqual(before)
    })
  })

  test('refuse a new key whose predecessor was removed before it could vouch for it', async () => {
    await withRotation(async ({ open, store, old, renewed }) => {
      await (await open({ keyring: old })).close()
      const before = await contentOf(store)

      await expect(open({ keyring: renewed })).rejects.toEqual(code('ERR_AUDIT_KEYS'))
      expect(await contentOf(store)).toEqual(before)
    })
  })

  test('are not taken from a manifest that was altered, and nothing is written then', async () => {
    await withRotation(async ({ open, store, old, both }) => {
      await (await open({ keyring: old })).close()
      await (await open({ keyring: both })).close()
      const altered = await tamper(store, {
        record: (key, value) =>
          key[1] === 'keys' ? JSON.parse(JSON.stringify(value).replace('keys v1', 'keys v2')) : value,
      })

      await expect(open({ keyring: both, store: altered })).rejects.toEqual(code('ERR_AUDIT_KEYS'))
    })
  })

  test('make one line of manifests, though 50 processes with old and new key files open the ledger at once', async () => {
    await withRotation(async ({ open, store, old, both, events }) => {
      await (await open({ keyring: old })).close()
      const opened = await Promise.all(
        Array.from({ length: 50 }, async (_, turn) => open({ keyring: turn % 2 === 0 ? old : both, pollMs: 1_000 })),
      )
      await Promise.all(opened.map(async (audit) => audit.settle()))

      const keys = [await textOfKey(old), await textOfKey(both)]
      expect((await manifestsOf(store)).map(({ number }) => number)).toEqual([1, 2])
      expect(keyEvents(await events())).toEqual([`added 1 ${keys[0]}`, `added 2 ${keys[1]}`])
      expect((await events()).filter(({ type }) => type === 'ledger.opened')).toHaveLength(51)
      for (const verifierKey of keys) {
        expect(await verifyLedger({ store, verifierKeys: [verifierKey] })).toMatchObject({ verdict: 'good' })
      }
    })
  })

  test('make one line of manifests also of a ledger that all of them begin', async () => {
    await withRotation(async ({ open, store, old, both, events }) => {
      await Promise.all(
        Array.from({ length: 50 }, async (_, turn) => open({ keyring: turn % 2 === 0 ? old : both, pollMs: 1_000 })),
      )

      const keys = [await textOfKey(old), await textOfKey(both)]
      expect((await manifestsOf(store)).at(-1)?.keys.map(({ verifierKey }) => verifierKey)).toEqual(keys)
      expect(keyEvents(await events()).map((line) => line.split(' ')[2])).toEqual(keys)
      for (const verifierKey of keys) {
        expect(await verifyLedger({ store, verifierKeys: [verifierKey] })).toMatchObject({ verdict: 'good' })
      }
    })
  })

  test('verify from any of them, however often they are renewed and retired (property)', async () => {
    const steps = fc.array(fc.constantFrom('renew', 'retire', 'open', 'open'), { minLength: 4, maxLength: 14 })
    await fc.assert(
      fc.asyncProperty(steps, async (taken) => {
        await withBench(async ({ open, store, folder, keyring }) => {
          const file = join(folder, 'keys.json')
          const used = new Set([await textOfKey(keyring)])
          await (await open()).close()
          let unvouched = false
          for (const step of taken) {
            if (step === 'renew') await rotateKey(file, 'sign')
            // Before a key is removed, the one that follows it has to be in use.
            else if (step === 'retire' && !unvouched) await retireSignKeys(file)
            const ring = await openKeyring(file)
            if (step === 'open') {
              await (await open({ keyring: ring })).close()
              used.add(await textOfKey(ring))
            }
            unvouched = !used.has(await textOfKey(ring))
          }

          for (const verifierKey of used) {
            const found = await verifyLedger({ store, verifierKeys: [verifierKey] })
            expect(found).toMatchObject({ verdict: 'good', problems: [] })
          }
        })
      }),
      { numRuns: 25 },
    )
  })
})

describe('verifyLedger on a ledger whose key was renewed', () => {
  test('stays good while the key is renewed under its eyes', async () => {
    await withRotation(async ({ open, store, old, both }) => {
      await (await open({ keyring: old })).close()
      let isRenewed = false
      const renewing: Store = {
        ...store,
        list: async (prefix, page) => {
          const found = await store.list(prefix, page)
          if (prefix.join() !== MANIFEST_PREFIX.join() || isRenewed) return found
          isRenewed = true
          await (await open({ keyring: both })).close()
          return found
        },
      }

      expect(await verifyLedger({ store: renewing, verifierKeys: [await textOfKey(old)] })).toMatchObject({
        verdict: 'good',
        problems: [],
      })
    })
  })

  test('finds a manifest that any one byte of was changed, whichever keys are given', async () => {
    await renewedLedger(async ({ verify, store }) => {
      const notes = (await readManifests(store)).map(({ note }) => Buffer.from(note))
      const taken: string[] = []
      for (const [place, bytes] of notes.entries()) {
        for (let at = 0; at < bytes.length; at += 7) {
          const note = Buffer.from(bytes.with(at, (bytes[at] ?? 0) ^ 1)).toString()
          for (const found of await verify(changing(place + 1, () => note))) {
            if (found.verdict !== 'bad_signature') taken.push(`${place + 1}: ${at}`)
          }
        }
      }

      expect(taken).toEqual([])
    })
  })

  test('finds a manifest that is gone: the entries and the other manifests tell of it', async () => {
    await renewedLedger(async ({ verify }) => {
      for (const number of [1, 2, 3]) {
        for (const found of await verify(changing(number, () => undefined))) {
          expect(['incomplete', 'bad_signature']).toContain(found.verdict)
          expect(found.problems.map(({ kind }) => kind)).toContain('keys_missing')
        }
      }
      for (const found of await verify((_number) => undefined)) {
        expect(found.problems.map(({ kind }) => kind)).toContain('keys_missing')
      }
    })
  })

  test('finds manifests that were swapped, and one in whose place stands an older one', async () => {
    await renewedLedger(async ({ verify, store }) => {
      const notes = (await readManifests(store)).map(({ note }) => note)
      const swap = [notes[0], notes[2], notes[1]]
      const older = [notes[0], notes[1], notes[1]]

      for (const order of [swap, older, [notes[0], notes[0], notes[0]]]) {
        for (const found of await verify((number) => order[number - 1])) expect(found.verdict).toBe('bad_signature')
      }
    })
  })

  test('finds a manifest that the holder of an older key has put in the place of the one that was written', async () => {
    await withRotation(async ({ open, store, old, both }) => {
      await (await open({ keyring: old })).close()
      await (await open({ keyring: both })).close()
      const [one, two] = [await textOfKey(old), await textOfKey(both)]
      const intruder = testKeyring(70)
      const [first, second] = await manifestsOf(store)
      const keys = [
        ...(first?.keys ?? []),
        { verifierKey: await textOfKey(intruder), from: second?.keys[1]?.from ?? 0 },
      ]
      const note = await sign({ origin: LEDGER, number: 2, keys }, [intruder, old])
      const forged = await tamper(store, { record: (key, value) => (isManifest(key, 2) ? { note } : value) })

      for (const verifierKeys of [[one], [two], [one, two]]) {
        const found = await verifyLedger({ store: forged, verifierKeys })
        expect(found.verdict).toBe('bad_signature')
      }
      const found = await verifyLedger({ store: forged, verifierKeys: [one, two] })
      expect(found.problems).toEqual([expect.objectContaining({ kind: 'keys_differ', index: 2 })])
    })
  })

  test('refuses a checkpoint that a retired key has signed after its end', async () => {
    await withRotation(async ({ open, store, old, both, renewed }) => {
      for (const keyring of [old, both, renewed]) await (await open({ keyring })).close()
      const size = await store.size()
      const [record] = await store.get([checkpointKey(size)])
      const text = noteText(JSON.parse(JSON.stringify(record?.value)).note)
      const note = await signText(text, [old])
      const planted = await tamper(store, {
        record: (key, value) => (key.join() === checkpointKey(size).join() ? { note } : value),
      })

      for (const keyring of [old, renewed]) {
        expect(await verifyLedger({ store: planted, verifierKeys: [await textOfKey(keyring)] })).toMatchObject({
          verdict: 'bad_signature',
          problems: [{ kind: 'checkpoint_key_retired', index: size }],
        })
      }
    })
  })
})

interface Rotation extends Bench {
  /** The key rings before, during and after a rotation. */
  readonly old: Keyring
  readonly both: Keyring
  readonly renewed: Keyring
}

async function withRotation(use: (bench: Rotation) => Promise<void>): Promise<void> {
  await withBench(async (bench) => {
    const file = join(bench.folder, 'keys.json')
    await rotateKey(file, 'sign')
    const both = await openKeyring(file)
    await retireSignKeys(file)
    await use({ ...bench, old: bench.keyring, both, renewed: await openKeyring(file) })
  })
}

/** A ledger with three manifests, and its verifications under the old key, the new one and both. */
async function renewedLedger(
  use: (ledger: {
    readonly store: Store
    readonly verify: (note: (number: number) => string | undefined) => Promise<readonly Verification[]>
  }) => Promise<void>,
): Promise<void> {
  await withRotation(async ({ open, store, old, both, renewed }) => {
    for (const keyring of [old, both, renewed]) await (await open({ keyring })).close()
    const [one, two] = [await textOfKey(old), await textOfKey(renewed)]
    const original = await readManifests(store)
    const verify = async (change: (number: number) => string | undefined): Promise<readonly Verification[]> => {
      const changed = await tamper(store, {
        record: (key, value) => {
          const number = original.findIndex((_, at) => isManifest(key, at + 1)) + 1
          if (number === 0) return value
          const note = change(number)
          if (note === KEEP) return value
          return note === undefined ? undefined : { note }
        },
      })
      const given = [[one], [two], [one, two]]
      return await Promise.all(given.map((verifierKeys) => verifyLedger({ store: changed, verifierKeys })))
    }
    await use({ store, verify })
  })
}

// Stands for a manifest that stays as it is.
const KEEP = 'keep'

function changing(number: number, note: () => string | undefined): (at: number) => string | undefined {
  return (at) => (at === number ? note() : KEEP)
}

function isManifest(key: readonly string[], number: number): boolean {
  return key.join() === [...MANIFEST_PREFIX, String(number).padStart(4, '0')].join()
}

async function deny(audit: Audit): Promise<void> {
  await audit.emit('access.denied', { data: { requirement: 'r' } })
  await audit.settle()
}

async function manifestsOf(store: Store): Promise<readonly KeyManifest[]> {
  return (await readManifests(store))
    .map(({ note }) => parseManifest(noteText(note)))
    .filter((one) => one !== undefined)
}

function noteText(note: string): string {
  return splitNote(note).text
}

async function textOfKey(keyring: Keyring): Promise<string> {
  const [publicKey = new Uint8Array()] = await keyring.publicKeys()
  return formatVerifierKey(LEDGER, publicKey)
}

/** Which of the newest keys of these key rings have signed checkpoints. */
async function signersOf(store: Store, keyrings: readonly Keyring[]): Promise<ReadonlySet<string>> {
  const notes = (await store.list(CHECKPOINT_PREFIX, { limit: 1_000 })).map(({ value }) => JSON.stringify(value))
  const signers = new Set<string>()
  for (const keyring of keyrings) {
    const text = await textOfKey(keyring)
    const id = Buffer.from(text.split('+')[1] ?? '', 'hex')
    // A signature begins with the four bytes of its key's id: five characters of base64 belong to them alone.
    if (notes.some((note) => note.includes(`${LEDGER} ${id.toString('base64').slice(0, 5)}`))) signers.add(text)
  }
  return signers
}

function keyEvents(events: readonly LedgerEvent[]): readonly string[] {
  return events
    .filter(({ type }) => type === 'ledger.key_added' || type === 'ledger.key_retired')
    .map(({ type, data }) => `${type.replace('ledger.key_', '')} ${String(data['manifest'])} ${String(data['key'])}`)
}

async function contentOf(store: Store): Promise<unknown> {
  return [await store.list([], { limit: 1_000 }), await store.read(0, 4_096)]
}

async function sign(manifest: KeyManifest, keyrings: readonly Keyring[]): Promise<string> {
  return await signText(formatManifest(manifest), keyrings)
}

async function signText(text: string, keyrings: readonly Keyring[]): Promise<string> {
  const signers = keyrings.map(async (keyring) => {
    const [publicKey = new Uint8Array()] = await keyring.publicKeys()
    return ed25519Signer(LEDGER, publicKey, (message) => keyring.sign(message))
  })
  return await signNote(text, await Promise.all(signers))
}
