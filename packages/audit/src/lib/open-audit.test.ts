import { createMemoryStore, StoreError, type Store } from '@sallyport/store'
import { formatVerifierKey, parseCheckpoint } from '@sallyport/tlog/note'
import { copyFile, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test, vi } from 'vitest'
import { LEDGER, OPENED, verify, withAudit, withBench } from '../../test/bench.ts'
import { signerOf } from '../../test/ledger.ts'
import { recordingSink } from '../../test/recording-sink.ts'
import type { Audit } from './audit-contract.ts'
import type { AuditOptions } from './audit-options.ts'
import { openAudit } from './open-audit.ts'
import { verifyLedger } from './verifying/verify.ts'

const code = (value: string): unknown => expect.objectContaining({ code: value })

describe('openAudit', () => {
  test('v5.0.0-16.2.3 says in the ledger that it was opened and closed', async () => {
    await withAudit(async ({ audit, events, keyring }) => {
      const [publicKey = new Uint8Array()] = await keyring.publicKeys()
      await audit.close()

      expect((await events()).map(({ type, data }) => ({ type, data }))).toEqual([
        { type: 'ledger.opened', data: { origin: LEDGER, size: 0 } },
        { type: 'ledger.key_added', data: { manifest: 1, key: formatVerifierKey(LEDGER, publicKey) } },
        { type: 'ledger.closed', data: { origin: LEDGER, settled: 2 } },
      ])
    })
  })

  test('starts a count of its own for each time it is opened', async () => {
    await withBench(async ({ open, events, verify: verifyBench }) => {
      await (await open({ writer: 'web-1' })).close()
      await (await open({ writer: 'web-1' })).close()

      const stamps = (await events()).map(({ writer }) => writer)
      expect(stamps.map(({ id, seq }) => `${id} ${seq}`)).toEqual([
        'web-1 1',
        'web-1 2',
        'web-1 3',
        'web-1 1',
        'web-1 2',
      ])
      expect(new Set(stamps.map(({ boot }) => boot)).size).toBe(2)
      expect(await verifyBench()).toMatchObject({ verdict: 'good', problems: [] })
    })
  })

  test('signs by itself what is recorded', async () => {
    await withAudit(
      async ({ audit, verify: verifyBench }) => {
        await audit.emit('access.denied', { data: { requirement: 'r' } })

        await vi.waitFor(async () => expect(await verifyBench()).toMatchObject({ verdict: 'good', signedSize: 3 }))
      },
      { pollMs: 10 },
    )
  })

  test('makes one good ledger of what several instances record at once', async () => {
    await withBench(async ({ open, verify: verifyBench }) => {
      const instances = [await open(), await open(), await open()]
      const tries = instances.flatMap((audit) => Array.from({ length: 40 }, () => audit))
      await Promise.all(tries.map(async (audit) => audit.emit('access.allowed', { data: { requirement: 'r' } })))
      await Promise.all(instances.map(async (audit) => audit.close()))

      expect(await verifyBench()).toMatchObject({ verdict: 'good', problems: [], size: 127, signedSize: 127 })
    })
  })

  test('settles: all that was recorded is signed and with every sink', async () => {
    await withAudit(async ({ audit, verify: verifyBench }) => {
      const sink = recordingSink()
      audit.addSink(sink)
      await audit.emit('access.denied', { data: { requirement: 'r' } })
      await audit.settle()

      expect(sink.taken).toHaveLength(3)
      expect(await verifyBench()).toMatchObject({ verdict: 'good', signedSize: 3 })
    })
  })
})

describe('openAudit with wrong options', () => {
  test.each<readonly [string, Record<string, unknown>]>([
    ['an unknown name', { pollMS: 100 }],
    ['no store', { store: undefined }],
    ['something else for a store', { store: { get: 1 } }],
    ['no store for subjects', { subjects: undefined }],
    ['no key ring', { keyring: undefined }],
    ['no origin', { origin: undefined }],
    ['an empty origin', { origin: '' }],
    ['an origin with a space', { origin: 'bank example' }],
    ['an origin with a plus', { origin: 'bank+ledger' }],
    ['an origin with a scheme', { origin: 'https://bank.example' }],
    ['an origin above 200 characters', { origin: 'x'.repeat(201) }],
    ['no app', { app: undefined }],
    ['an empty app', { app: '' }],
    ['an app above 64 characters', { app: 'x'.repeat(65) }],
    ['half a surrogate pair in app', { app: '\ud800' }],
    ['an empty writer', { writer: '' }],
    ['a writer above 200 characters', { writer: 'x'.repeat(201) }],
    ['a budget of 0', { durableBudgetMs: 0 }],
    ['a budget above ten seconds', { durableBudgetMs: 10_001 }],
    ['a budget that is no number', { durableBudgetMs: Number.NaN }],
    ['a queue of 0', { queueLimit: 0 }],
    ['a queue above a million', { queueLimit: 1_000_001 }],
    ['a queue that is not whole', { queueLimit: 1.5 }],
    ['a poll below 10', { pollMs: 9 }],
    ['a poll above a second', { pollMs: 1_001 }],
    ['a heartbeat below a second', { heartbeatMs: 999 }],
    ['a heartbeat above a minute', { heartbeatMs: 60_001 }],
    ['a way back that is no text', { acceptRollback: true }],
    ['a checkpoint file that is only switched on', { checkpointFile: true }],
    ['an empty checkpoint file', { checkpointFile: '' }],
    ['a checkpoint file that is no path', { checkpointFile: 7 }],
    ['randomBytes that is no function', { randomBytes: 7 }],
  ])('refuses %s', async (_what, wrong) => {
    await withBench(async ({ store, subjects, keyring, events }) => {
      const right: AuditOptions = { store, subjects, keyring, origin: LEDGER, app: 'bench' }

      await expect(openAudit({ ...right, ...wrong })).rejects.toEqual(code('ERR_AUDIT_INPUT'))
      expect(await events()).toEqual([])
    })
  })

  test('takes undefined for every option that may be left out', async () => {
    await withBench(async ({ open }) => {
      const names = [
        'writer',
        'durableBudgetMs',
        'queueLimit',
        'pollMs',
        'heartbeatMs',
        'checkpointFile',
        'acceptRollback',
        'randomBytes',
      ]

      await expect(open(Object.fromEntries(names.map((name) => [name, undefined])))).resolves.toBeDefined()
    })
  })
})

describe('openAudit on a log that is not what was signed', () => {
  test('refuses a log that was cut', async () => {
    await withBench(async ({ open, store }) => {
      await (await open()).close()
      const cut: Store = { ...store, size: async () => (await store.size()) - 1 }

      await expect(open({ store: cut })).rejects.toEqual(code('ERR_AUDIT_ROLLED_BACK'))
    })
  })

  test('goes on with an older copy of everything when no checkpoint was kept elsewhere', async () => {
    await withBench(async ({ open, keyring }) => {
      const older = await olderCopy(open)

      await expect(open({ store: older })).resolves.toBeDefined()
      expect(await verify(older, keyring)).toMatchObject({ problems: [] })
    })
  })

  test('LOG-08 refuses an older copy of everything when a newer checkpoint was kept in a file', async () => {
    await withBench(async ({ folder, open }) => {
      const checkpoint = join(folder, 'checkpoint')
      const older = await olderCopy(open, checkpoint)

      await expect(open({ store: older, checkpointFile: checkpoint })).rejects.toEqual(code('ERR_AUDIT_ROLLED_BACK'))
    })
  })

  test('refuses an older copy that has gone on since, once it is opened with the file', async () => {
    await withBench(async ({ folder, open }) => {
      const checkpoint = join(folder, 'checkpoint')
      const older = await olderCopy(open, checkpoint)
      const other = await open({ store: older })
      for (let turn = 0; turn < 20; turn++) await other.emit('access.allowed', { data: { requirement: 'r' } })
      await other.close()

      await expect(open({ store: older, checkpointFile: checkpoint })).rejects.toEqual(code('ERR_AUDIT_ROLLED_BACK'))
    })
  })

  test('writes nothing into a store that it refuses', async () => {
    await withBench(async ({ folder, open }) => {
      const checkpoint = join(folder, 'checkpoint')
      const older = await olderCopy(open, checkpoint)
      const size = await older.size()
      await open({ store: older, checkpointFile: checkpoint }).catch(() => undefined)

      expect(await older.size()).toBe(size)
    })
  })
})

describe('the checkpoint file', () => {
  test('holds the newest checkpoint after every closing', async () => {
    await withBench(async ({ folder, open }) => {
      const checkpoint = join(folder, 'checkpoint')
      await (await open({ checkpointFile: checkpoint })).close()

      expect(await sizeIn(checkpoint)).toBe(3)
    })
  })

  test('is missed when it was removed, and nothing is signed then', async () => {
    await withBench(async ({ folder, open }) => {
      const checkpoint = join(folder, 'checkpoint')
      await (await open({ checkpointFile: checkpoint })).close()
      await rm(checkpoint)

      await expect(open({ checkpointFile: checkpoint })).rejects.toEqual(code('ERR_AUDIT_CHECKPOINT_FILE'))
    })
  })

  test('can be begun for a ledger that had none, by creating it empty', async () => {
    await withBench(async ({ folder, open }) => {
      const checkpoint = join(folder, 'checkpoint')
      await (await open()).close()
      await writeFile(checkpoint, '')

      await (await open({ checkpointFile: checkpoint })).close()

      expect(await sizeIn(checkpoint)).toBe(5)
    })
  })

  test('is not emptied unseen: the ledger says that it was begun anew', async () => {
    await withBench(async ({ folder, open }) => {
      const checkpoint = join(folder, 'checkpoint')
      await (await open({ checkpointFile: checkpoint })).close()
      await writeFile(checkpoint, '')

      const audit = await open({ checkpointFile: checkpoint })
      const { events } = await audit.query({ type: 'ledger.opened' })
      await audit.close()

      expect(events.map(({ data }) => data['place'])).toEqual(['begun', undefined])
    })
  })

  test('is begun again by whoever finds a ledger in which nothing was signed but its beginning', async () => {
    await withBench(async ({ folder, open, keyring, store }) => {
      const checkpoint = join(folder, 'checkpoint')
      await signerOf({ store, keyring, origin: LEDGER }).begin()

      await (await open({ checkpointFile: checkpoint })).close()

      expect(await sizeIn(checkpoint)).toBe(3)
    })
  })

  test('reveals a rollback to whoever verifies with it', async () => {
    await withBench(async ({ folder, open, keyring }) => {
      const checkpoint = join(folder, 'checkpoint')
      const older = await olderCopy(open, checkpoint)
      const verifierKeys = (await keyring.publicKeys()).map((key) => formatVerifierKey(LEDGER, key))
      const knownCheckpoints = [await readFile(checkpoint, 'utf8')]

      expect(await verifyLedger({ store: older, verifierKeys })).toMatchObject({ verdict: 'good' })
      expect(await verifyLedger({ store: older, verifierKeys, knownCheckpoints })).toMatchObject({
        verdict: 'incomplete',
      })
    })
  })

  test('may be a day behind, as after a restart from its own backup: then it is brought up to date', async () => {
    await withBench(async ({ folder, open }) => {
      const checkpoint = join(folder, 'checkpoint')
      await (await open({ checkpointFile: checkpoint })).close()
      await copyFile(checkpoint, join(folder, 'yesterday'))
      await (await open({ checkpointFile: checkpoint })).close()
      await copyFile(join(folder, 'yesterday'), checkpoint)
      await (await open({ checkpointFile: checkpoint })).close()

      expect(await sizeIn(checkpoint)).toBe(7)
    })
  })

  test('is shared by the instances of one host, without a false alarm', async () => {
    await withBench(async ({ folder, open, verify: verifyBench }) => {
      const options = { checkpointFile: join(folder, 'checkpoint'), pollMs: 10 }
      const instances = [await open(options), await open(options), await open(options)]
      for (let turn = 0; turn < 20; turn++) {
        await Promise.all(
          instances.map(async (audit) => {
            await audit.emit('access.denied', { data: { requirement: 'r' } })
            await audit.settle()
          }),
        )
      }
      await Promise.all(instances.map(async (audit) => audit.close()))

      expect(await verifyBench()).toMatchObject({ verdict: 'good', problems: [] })
    })
  })

  test('is refused when it holds something else', async () => {
    await withBench(async ({ folder, open }) => {
      const checkpoint = join(folder, 'checkpoint')
      await writeFile(checkpoint, 'not a checkpoint\n')

      await expect(open({ checkpointFile: checkpoint })).rejects.toEqual(code('ERR_AUDIT_CHECKPOINT_FILE'))
    })
  })

  test('is refused when one byte of it was changed', async () => {
    await withBench(async ({ folder, open }) => {
      const checkpoint = join(folder, 'checkpoint')
      await (await open({ checkpointFile: checkpoint })).close()
      await writeFile(checkpoint, (await readFile(checkpoint, 'utf8')).replace('\n3\n', '\n1\n'))

      await expect(open({ checkpointFile: checkpoint })).rejects.toEqual(code('ERR_AUDIT_CHECKPOINT_FILE'))
    })
  })

  test('that cannot be written is noticed at once', async () => {
    await withBench(async ({ folder, open }) => {
      const checkpointFile = join(folder, 'no-such-folder', 'checkpoint')

      await expect(open({ checkpointFile })).rejects.toEqual(code('ERR_AUDIT_CHECKPOINT_FILE'))
    })
  })
})

describe('close in trouble', () => {
  test('rejects when the ledger cannot be signed, and still closes the sinks and gives the leases back', async () => {
    await withBench(async ({ open, keyring, store }) => {
      let isAway = false
      const sign: typeof keyring.sign = async (message) =>
        isAway ? Promise.reject(new Error('the key service is away')) : keyring.sign(message)
      const audit = await open({ keyring: { ...keyring, sign }, pollMs: 1_000 })
      const close = vi.fn<() => Promise<void>>(async () => undefined)
      audit.addSink({ ...recordingSink(), close })
      await audit.settle()
      isAway = true

      await expect(audit.close()).rejects.toThrow('the key service is away')
      expect(close).toHaveBeenCalledOnce()
      expect(await store.list(['lease'], { limit: 10 })).toEqual([])
    })
  })

  test('rejects when the last events cannot be written', async () => {
    const inner = createMemoryStore()
    let isAway = false
    const store: Store = {
      ...inner,
      commit: async (commit) => {
        if (isAway) throw new StoreError('ERR_STORE_UNAVAILABLE', 'The store is away.')
        return await inner.commit(commit)
      },
    }
    await withBench(
      async ({ open }) => {
        const audit = await open()
        isAway = true

        await expect(audit.close()).rejects.toEqual(code('ERR_STORE_UNAVAILABLE'))
      },
      { store },
    )
  })
})

describe('a ledger that cannot be signed', () => {
  test('LOG-09 goes on recording, and says so by one process warning', async () => {
    await withBench(async ({ open, keyring, events }) => {
      const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined)
      let signed = 0
      const sign: typeof keyring.sign = async (message) => {
        signed += 1
        // The empty ledger and its first key manifest.
        if (signed <= 2) return await keyring.sign(message)
        throw new Error('the key service is away')
      }
      const audit = await open({ keyring: { ...keyring, sign }, pollMs: 10 })
      await vi.waitFor(() => expect(warned).toHaveBeenCalled())
      await audit.emit('access.denied', { data: { requirement: 'r' } })
      await audit.settle().catch(() => undefined)
      await new Promise((resolve) => setTimeout(resolve, 50))

      expect(warned).toHaveBeenCalledOnce()
      expect(warned.mock.calls[0]?.[1]).toMatchObject({ type: 'AuditWarning' })
      expect(await events()).toHaveLength(OPENED.length + 1)
      warned.mockRestore()
    })
  })
})

/** Writes a ledger, copies its store as it is on the first evening, and goes on with the original. */
async function olderCopy(
  open: (options?: Partial<AuditOptions>) => Promise<Audit>,
  checkpoint?: string,
): Promise<Store> {
  const copying = copyingStore()
  const options = { store: copying.store, checkpointFile: checkpoint }
  await (await open(options)).close()
  const older = await copying.copy()
  await (await open(options)).close()
  return older
}

/** A store whose commits can be repeated in another one. */
function copyingStore(): { readonly store: Store; readonly copy: () => Promise<Store> } {
  const inner = createMemoryStore()
  const commits: Parameters<Store['commit']>[0][] = []
  const commit: Store['commit'] = async (one) => {
    commits.push(one)
    return await inner.commit(one)
  }
  const copy = async (): Promise<Store> => {
    const other = createMemoryStore()
    for (const one of commits) await other.commit(one)
    return other
  }
  return { store: { ...inner, commit }, copy }
}

async function sizeIn(checkpoint: string): Promise<number> {
  const note = await readFile(checkpoint, 'utf8')
  return parseCheckpoint(note.slice(0, note.indexOf('\n\n') + 1)).size
}
