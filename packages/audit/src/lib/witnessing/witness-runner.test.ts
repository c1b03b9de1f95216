import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createMemoryStore, type Json, type Key, type Store } from '@sallyport/store'
import { formatVerifierKey, openNote } from '@sallyport/tlog/note'
import { mergeSignatures, openByPolicy, parseCosignerKey, parsePolicy } from '@sallyport/tlog/witness'
import { createWitness, httpWitness, witnessHandler, type Witness as CosigningWitness } from '@sallyport/witness'
import { describe, expect, test, vi } from 'vitest'
import { LEDGER, withBench, type Bench } from '../../../test/bench.ts'
import { fakeWitness, witnessKey, type FakeWitness } from '../../../test/fake-witness.ts'
import type { Audit } from '../audit-contract.ts'
import { Lease } from '../running/lease.ts'
import { systemMonotonicMs, systemRandomBytes } from '../system.ts'
import { checkpointKey, HEAD_KEY, parseHead, parseNote } from '../signing/tree-store.ts'
import type { Witness } from './witness-contract.ts'
import { cosignaturesKey, parseCosignatures } from './witness-record.ts'
import { WitnessRunner } from './witness-runner.ts'

const code = (value: string): unknown => expect.objectContaining({ code: value })

describe('a witness', () => {
  test('cosigns the newest checkpoint, and its lines are kept beside it', async () => {
    await withWitness(async ({ audit, store, runner, witness }) => {
      await deny(audit, 3)
      await runner.run()
      const { size, note } = await newest(store)
      const kept = await linesAt(store, size)
      const whole = mergeSignatures(note, kept)

      expect(openNote(whole, [parseCosignerKey(witness.verifierKey)]).verified).toHaveLength(1)
      expect(await recordOf(store, ['ledger', 'witness', 'w1'])).toEqual({ size })
      expect(await witness.latest(LEDGER)).toBe(whole)
    })
  })

  test('is asked from the size that it cosigned last, and only when there is something new', async () => {
    await withWitness(async ({ audit, store, runner, witness }) => {
      await deny(audit, 3)
      await runner.run()
      const first = (await newest(store)).size
      await runner.run()
      await deny(audit, 2)
      await runner.run()

      expect(witness.asked).toEqual([0, first])
    })
  })

  test('adds no entry to the ledger as long as it does its work', async () => {
    await withWitness(async ({ audit, store, runner, events }) => {
      await deny(audit, 3)
      const before = (await events()).length
      await runner.run()
      await runner.run()

      expect([await store.size(), (await events()).length]).toEqual([before, before])
    })
  })

  test('that already holds a size is asked once more from there', async () => {
    await withWitness(async ({ audit, store, runner, witness }) => {
      await deny(audit, 3)
      await runner.run()
      const { size } = await newest(store)
      await forget(store, ['ledger', 'witness', 'w1'])
      await deny(audit, 3)
      await runner.run()

      expect(witness.asked).toEqual([0, 0, size])
      expect(await recordOf(store, ['ledger', 'witness', 'w1'])).toEqual({ size: (await newest(store)).size })
    })
  })

  test('is not asked for the cosignature of an empty ledger', async () => {
    await withWitness(async ({ lease, witness, monotonicMs }) => {
      const store = createMemoryStore()
      await new WitnessRunner(witness, {
        store,
        lease,
        commit: async () => Promise.reject(new Error('no')),
        monotonicMs,
      }).run()

      expect(witness.asked).toEqual([])
    })
  })

  test('shares a checkpoint’s record with other witnesses', async () => {
    await withWitness(async (parts) => {
      const second = fakeWitness('w2', await keysOf(parts), 61)
      const other = new WitnessRunner(second, { ...parts, lease: leaseOf(parts.store, 'witness-w2') })
      await deny(parts.audit, 3)
      await Promise.all([parts.runner.run(), other.run()])
      await Promise.all([parts.runner.run(), other.run()])
      const { size, note } = await newest(parts.store)
      const kept = await linesAt(parts.store, size)
      const keys = [parts.witness, second].map(({ verifierKey }) => parseCosignerKey(verifierKey))

      expect(openNote(mergeSignatures(note, kept), keys).verified).toHaveLength(2)
    })
  })

  test('is asked by one of several instances at a time', async () => {
    await withWitness(async ({ audit, store, lease, runner, witness, monotonicMs }) => {
      await deny(audit, 3)
      const commit: Audit['commit'] = async (one) => await audit.commit(one)
      const second = new WitnessRunner(witness, {
        store,
        lease: leaseOf(store, 'witness-w1', 'other'),
        commit,
        monotonicMs,
      })
      await lease.hold()
      await second.run()
      const before = witness.asked.length
      await runner.run()

      expect([before, witness.asked.length]).toEqual([0, 1])
    })
  })
})

describe('a witness that fails', () => {
  test('is said to be unreachable once, and once to have recovered, and loses nothing', async () => {
    let now = 1_800_000_000_000
    await withWitness(
      async ({ audit, store, runner, witness, events }) => {
        witness.instead = async () => Promise.reject(new Error('down'))
        for (let turn = 0; turn < 4; turn++) {
          await deny(audit, 1)
          await runner.run()
          now += 400_000
        }
        witness.instead = undefined
        await runner.run()
        await deny(audit, 1)
        await runner.run()

        expect(witness.asked.length).toBeGreaterThan(4)
        expect(await troubleOf(events)).toEqual([
          ['sink.failed', 'witness-w1', 'unreachable'],
          ['sink.recovered', 'witness-w1', undefined],
        ])
        expect(await recordOf(store, ['ledger', 'witness', 'w1'])).toEqual({ size: (await newest(store)).size })
      },
      { clock: () => now },
    )
  })

  test('is asked again after pauses that double from one second to five minutes', async () => {
    let now = 1_800_000_000_000
    await withWitness(
      async ({ audit, runner, witness }) => {
        witness.instead = async () => Promise.reject(new Error('down'))
        await deny(audit, 1)
        const asked: number[] = []
        for (const start = now; now - start < 1_500_000; now += 1_000) {
          const before = witness.asked.length
          await runner.run()
          if (witness.asked.length > before) asked.push((now - start) / 1_000)
        }

        expect(asked).toEqual([0, 1, 3, 7, 15, 31, 63, 127, 255, 511, 811, 1111, 1411])
      },
      { clock: () => now },
    )
  })

  test('that throws at once has failed like one that rejects: it is recorded once, and asked again after a pause', async () => {
    await withWitness(async ({ audit, witness, events, ...parts }) => {
      const asked: number[] = []
      const addCheckpoint = (): never => {
        asked.push(parts.monotonicMs())
        throw new Error('not even a promise')
      }
      const throwing = new WitnessRunner({ ...witness, addCheckpoint }, { ...parts, monotonicMs: () => 0 })
      await deny(audit, 1)
      for (let turn = 0; turn < 4; turn++) await throwing.run()

      expect(asked).toHaveLength(1)
      expect(await troubleOf(events)).toEqual([['sink.failed', 'witness-w1', 'unreachable']])
    })
  })

  test('is asked again although the clock was set back by a day', async () => {
    let now = 1_800_000_000_000
    let ticks = 0
    await withWitness(
      async ({ audit, witness, ...parts }) => {
        const runner = new WitnessRunner(witness, { ...parts, monotonicMs: () => ticks })
        witness.instead = async () => Promise.reject(new Error('down'))
        await deny(audit, 1)
        await runner.run()
        now -= 86_400_000
        ticks += 1_000
        await runner.run()

        expect(witness.asked).toHaveLength(2)
      },
      { clock: () => now },
    )
  })

  test('is said to refuse when it refuses, or gives a cosignature that is not its own', async () => {
    for (const instead of [
      async () => ({ ok: false, code: 'refused', status: 403 }) as const,
      async () => ({ ok: true, signatures: '' }) as const,
      async () => ({ ok: true, signatures: '— w1.example AAAAAAECAwQ=\n' }) as const,
    ]) {
      await withWitness(async ({ audit, store, runner, witness, events }) => {
        witness.instead = instead
        await deny(audit, 1)
        await runner.run()

        expect(await troubleOf(events)).toEqual([['sink.failed', 'witness-w1', 'refused']])
        expect(await store.list(['ledger', 'cosignatures'], { limit: 1 })).toEqual([])
      })
    }
  })

  test('is recorded anew when it turns out to have seen another history', async () => {
    let now = 1_800_000_000_000
    await withWitness(
      async ({ audit, runner, witness, events }) => {
        witness.instead = async () => Promise.reject(new Error('down'))
        await deny(audit, 1)
        await runner.run()
        now += 400_000
        witness.instead = async () => ({ ok: false, code: 'refused', status: 422 })
        await runner.run()

        expect(await troubleOf(events)).toEqual([
          ['sink.failed', 'witness-w1', 'unreachable'],
          ['sink.failed', 'witness-w1', 'diverged'],
        ])
      },
      { clock: () => now },
    )
  })

  test('hinders nobody: the ledger goes on, and what it says still holds', async () => {
    await withWitness(async ({ audit, runner, witness, verify }) => {
      witness.instead = async () => new Promise(() => undefined)
      await deny(audit, 1)
      void runner.run()
      await vi.waitFor(() => expect(witness.asked).toHaveLength(1))
      await deny(audit, 5)

      expect(await verify()).toMatchObject({ verdict: 'good' })
    })
  })
})

describe('a ledger that was put back', () => {
  test('is noticed by a witness that holds more than it has', async () => {
    await withWitness(async ({ audit, runner, witness, events }) => {
      witness.instead = async () => ({ ok: false, code: 'conflict', size: 1_000 })
      await deny(audit, 1)
      await runner.run()

      expect(await troubleOf(events)).toEqual([['sink.failed', 'witness-w1', 'diverged']])
    })
  })

  test('is noticed by a witness that holds another root', async () => {
    await withBench(async (bench) => {
      const logs = await keysOf(bench)
      const witness = fakeWitness('w1', logs)
      const first = await bench.open()
      await deny(first, 3)
      await runnerOf(bench.store, witness, first).run()
      // Another history under the same key, as large as the first and larger.
      const store = createMemoryStore()
      const second = await bench.open({ store })
      await deny(second, 9)
      await runnerOf(store, witness, second).run()
      const failed = await store.find({ tags: { type: 'sink.failed' } }, { limit: 1 })

      expect(JSON.parse(Buffer.from(failed[0]?.bytes ?? []).toString())).toMatchObject({
        data: { because: 'diverged', sink: 'witness-w1' },
      })
    })
  })

  test('by its cursor alone is none: the witness says what it holds', async () => {
    await withWitness(async ({ audit, store, runner, witness }) => {
      await deny(audit, 1)
      await put(store, ['ledger', 'witness', 'w1'], { size: 1_000 })
      await runner.run()

      expect(witness.asked).toEqual([0])
      expect(await recordOf(store, ['ledger', 'witness', 'w1'])).toEqual({ size: (await newest(store)).size })
    })
  })

  test('with a damaged tree blames no witness', async () => {
    await withWitness(async ({ audit, store, runner, events }) => {
      await deny(audit, 3)
      await runner.run()
      await deny(audit, 3)
      const key = ['ledger', 'tile', '00', '0000000000000000']
      const tile = await recordOf(store, key)
      const hashes = Buffer.from(typeof tile?.['hashes'] === 'string' ? tile['hashes'] : '', 'base64')
      hashes[0] = (hashes[0] ?? 0) ^ 1
      await put(store, key, { ...tile, hashes: hashes.toString('base64') })

      await expect(runner.run()).rejects.toEqual(code('ERR_AUDIT_TREE_CORRUPT'))
      expect(await troubleOf(events)).toEqual([])
    })
  })
})

describe('a witness without a usable name or key', () => {
  test('is refused', async () => {
    await withWitness(async ({ witness, ...parts }) => {
      const make = (more: Partial<Witness>) => (): WitnessRunner => new WitnessRunner({ ...witness, ...more }, parts)

      expect(make({ name: 'W1' })).toThrow(code('ERR_AUDIT_INPUT'))
      expect(make({ name: '' })).toThrow(code('ERR_AUDIT_INPUT'))
      expect(make({ verifierKey: 'garbage' })).toThrow(code('ERR_AUDIT_INPUT'))
      expect(make({})).not.toThrow()
    })
  })
})

describe('two installations', () => {
  test('cosign each other over HTTP, and each shows a stranger a checkpoint that the other one has seen', async () => {
    await withBench(async (one) => {
      await withBench(async (other) => {
        const [oneKeys, otherKeys] = [await keysOf(one), await keysOf(other)]
        const cosigners = [cosigner('one.example/w', otherKeys, 71), cosigner('other.example/w', oneKeys, 72)] as const
        await serve(witnessHandler(cosigners[0]), async (oneUrl) => {
          await serve(witnessHandler(cosigners[1]), async (otherUrl) => {
            const asOne = httpWitness({ url: oneUrl, verifierKey: cosigners[0].verifierKey })
            const asOther = httpWitness({ url: otherUrl, verifierKey: cosigners[1].verifierKey })
            const [audit, theirs] = [await one.open(), await other.open()]
            const runners = [runnerOf(one.store, asOther, audit), runnerOf(other.store, asOne, theirs)]
            for (let turn = 0; turn < 3; turn++) {
              await Promise.all([deny(audit, 2), deny(theirs, 3)])
              for (const runner of runners) await runner.run()
            }

            expect(await witnessedOf(one, oneKeys, cosigners[1])).toEqual(WITNESSED)
            expect(await witnessedOf(other, otherKeys, cosigners[0])).toEqual(WITNESSED)
          })
        })
      })
    })
  })
})

interface Scene extends Bench {
  readonly audit: Audit
  readonly lease: Lease
  readonly runner: WitnessRunner
  readonly witness: FakeWitness
  readonly commit: Audit['commit']
  readonly monotonicMs: () => number
}

async function withWitness(
  use: (scene: Scene) => Promise<void>,
  parts: { readonly clock?: () => number } = {},
): Promise<void> {
  await withBench(async (bench) => {
    const audit = await bench.open()
    const witness = fakeWitness('w1', await keysOf(bench))
    const lease = leaseOf(bench.store, 'witness-w1')
    const commit: Audit['commit'] = async (one) => await audit.commit(one)
    const monotonicMs = parts.clock ?? systemMonotonicMs
    const runner = new WitnessRunner(witness, { store: bench.store, lease, commit, monotonicMs })
    await use({ ...bench, audit, lease, witness, runner, commit, monotonicMs })
  }, parts)
}

function runnerOf(store: Store, witness: Witness, audit: Audit): WitnessRunner {
  const lease = leaseOf(store, `witness-${witness.name}`)
  return new WitnessRunner(witness, {
    store,
    lease,
    commit: async (one) => await audit.commit(one),
    monotonicMs: systemMonotonicMs,
  })
}

function leaseOf(store: Store, job: string, holder = 'test'): Lease {
  return new Lease({ store, randomBytes: systemRandomBytes, monotonicMs: () => store.now(), holder, job })
}

async function keysOf({ keyring }: Pick<Bench, 'keyring'>): Promise<readonly string[]> {
  return (await keyring.publicKeys()).map((key) => formatVerifierKey(LEDGER, key))
}

async function deny(audit: Audit, count: number): Promise<void> {
  for (let at = 0; at < count; at++) await audit.emit('access.denied', { data: { requirement: 'r' } })
  await audit.settle()
}

async function newest(store: Store): Promise<{ readonly size: number; readonly note: string }> {
  const [record] = await store.get([HEAD_KEY])
  const size = parseHead(record?.value ?? null)?.size ?? 0
  const [checkpoint] = await store.get([checkpointKey(size)])
  return { size, note: parseNote(checkpoint?.value ?? null) ?? '' }
}

async function recordOf(store: Store, key: Key): Promise<Record<string, Json> | undefined> {
  const [record] = await store.get([key])
  return record?.value as Record<string, Json> | undefined
}

async function linesAt(store: Store, size: number): Promise<string> {
  const [record] = await store.get([cosignaturesKey(size)])
  return parseCosignatures(record?.value)
}

async function put(store: Store, key: Key, value: Json): Promise<void> {
  const [found] = await store.get([key])
  const write = { op: 'put', key, value, expect: found?.version ?? null } as const
  await store.commit({ id: `put-${key.join('-')}`, writes: [write], entries: [] })
}

async function forget(store: Store, key: Key): Promise<void> {
  const [found] = await store.get([key])
  const write = { op: 'remove', key, expect: found?.version ?? '' } as const
  await store.commit({ id: `forget-${key.join('-')}`, writes: [write], entries: [] })
}

async function troubleOf(events: Bench['events']): Promise<readonly unknown[]> {
  const trouble = (await events()).filter(({ type }) => type.startsWith('sink.'))
  return trouble.map(({ type, data }) => [type, data['sink'], data['because']])
}

function cosigner(name: string, logs: readonly string[], seed: number): CosigningWitness {
  return createWitness({ store: createMemoryStore(), logs, name, ...witnessKey(seed) })
}

async function serve(listener: RequestListener, use: (url: string) => Promise<void>): Promise<void> {
  const server = createServer(listener)
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  try {
    await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  } finally {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
}

const WITNESSED = { ledger: ['them'], witness: ['them'], isSameSize: true }

/** Who has cosigned what the ledger keeps, and what the witness holds of it, as a stranger with a policy sees it. */
async function witnessedOf({ store }: Bench, logs: readonly string[], by: CosigningWitness): Promise<unknown> {
  const { size, note } = await newest(store)
  const policy = parsePolicy(`log ${logs[0]}\nwitness them ${by.verifierKey}\nquorum them\n`)
  const kept = openByPolicy(mergeSignatures(note, await linesAt(store, size)), policy)
  const held = openByPolicy((await by.latest(LEDGER)) ?? '', policy)
  return {
    ledger: kept.cosigners.map(({ name }) => name),
    witness: held.cosigners.map(({ name }) => name),
    isSameSize: kept.checkpoint.size === size && held.checkpoint.size === size,
  }
}
