import { createMemoryStore, StoreError, type Store } from '@sallyport/store'
import { join } from 'node:path'
import { describe, expect, test, vi } from 'vitest'
import { LEDGER, OPENED, withAudit, withBench, type Bench } from '../../test/bench.ts'
import { faultyStore, type FaultyStore } from '../../test/faulty-store.ts'
import { recordingSink } from '../../test/recording-sink.ts'
import type { Audit } from './audit-contract.ts'
import { BOOT_PREFIX } from './running/boot-record.ts'
import { event } from './events/event.ts'
import { openLedger } from './open-audit.ts'
import type { LedgerEvent } from './events/types.ts'

const code = (value: string): unknown => expect.objectContaining({ code: value })
const DENIED = { data: { requirement: 'r' } } as const
const IMPATIENT = { othersMs: 20, closeMs: 100 }

describe('close', () => {
  test('has counted what was lost, although the store took the numbers only with its last word', async () => {
    await withFaultyStore(async ({ open, store, events, verify }) => {
      const audit = await open()
      let left = 2
      // The event, and the numbers at their first try.
      store.fail(() => (left-- > 0 ? 'reject' : undefined))
      expect(await audit.emit('access.denied', DENIED)).toBe('lost')
      await audit.close()

      expect(gapsOf(await events())).toEqual([{ lost: { 'access.denied': 1 }, delayed: {} }])
      expect(namesOf(await events()).at(-1)).toBe('ledger.closed')
      expect(await verify()).toMatchObject({ verdict: 'good', problems: [], writers: { closed: 1, unsettled: 0 } })
    })
  })

  test('rejects while the store is away, and counts all when it is called again', async () => {
    await withFaultyStore(async ({ open, store, events, verify }) => {
      const audit = await open()
      store.fail(() => 'reject')
      await audit.emit('access.denied', DENIED)
      await expect(audit.close()).rejects.toEqual(code('ERR_STORE_UNAVAILABLE'))
      const before = namesOf(await events())
      store.fail(() => undefined)
      await audit.close()

      expect(before).toEqual([...OPENED])
      expect(gapsOf(await events())).toEqual([{ lost: { 'access.denied': 1 }, delayed: {} }])
      expect(namesOf(await events()).filter((name) => name === 'ledger.closed')).toHaveLength(1)
      expect(await store.list(BOOT_PREFIX, { limit: 10 })).toEqual([])
      expect(await verify()).toMatchObject({ verdict: 'good', problems: [] })
    })
  })

  test('that nobody knows the outcome of is recorded once, however often it is repeated', async () => {
    await withFaultyStore(async ({ open, store, events, verify }) => {
      const audit = await open()
      store.fail(({ entries }) => (isClosing(entries) ? 'lose_answer_after' : undefined))
      await expect(audit.close()).rejects.toEqual(code('ERR_STORE_OUTCOME_UNKNOWN'))
      await expect(audit.close()).rejects.toEqual(code('ERR_STORE_OUTCOME_UNKNOWN'))
      store.fail(() => undefined)
      await audit.close()
      await audit.close()

      expect(namesOf(await events())).toEqual([...OPENED, 'ledger.closed'])
      expect(await verify()).toMatchObject({ verdict: 'good', problems: [], writers: { boots: 1, closed: 1 } })
    })
  })

  test('says nothing twice when only the signing has to be done again', async () => {
    await withBench(async ({ open, keyring, events, verify }) => {
      let isAway = false
      const sign: typeof keyring.sign = async (message) =>
        isAway ? Promise.reject(new Error('the key service is away')) : keyring.sign(message)
      const audit = await open({ keyring: { ...keyring, sign }, pollMs: 1_000 })
      const close = vi.fn<() => Promise<void>>(async () => undefined)
      audit.addSink({ ...recordingSink(), close })
      await audit.settle()
      isAway = true
      await expect(audit.close()).rejects.toThrow('the key service is away')
      isAway = false
      await audit.close()

      expect(namesOf(await events())).toEqual([...OPENED, 'ledger.closed'])
      expect(await verify()).toMatchObject({ verdict: 'good', size: 3, signedSize: 3 })
      expect(close).toHaveBeenCalledOnce()
    })
  })

  test('counts what is emitted while it is under way, and refuses it', async () => {
    await withFaultyStore(async ({ open, store, events }) => {
      const audit = await open()
      store.fail(() => 'hang')
      const commit = audit.commit({ writes: [], events: [event('session.started', { data: {} })] })
      const closed = audit.close()
      const data = { aborted: false, durationMs: 1, status: 200 }
      await expect(audit.emit('access.completed', { data })).rejects.toEqual(code('ERR_AUDIT_CLOSED'))
      await expect(audit.emit('session.started', { data: {} })).rejects.toEqual(code('ERR_AUDIT_CLOSED'))
      store.fail(() => undefined)
      store.release()
      await Promise.all([commit, closed])

      expect(gapsOf(await events())).toEqual([{ lost: { 'access.completed': 1 }, delayed: {} }])
    })
  })

  test('does not wait for ever for a store that hangs, and does the rest when that has answered', async () => {
    await withFaultyStore(async (bench) => {
      const audit = await impatient(bench)
      bench.store.fail(() => 'hang')
      await audit.emit('access.denied', DENIED)
      await expect(audit.close()).rejects.toEqual(code('ERR_AUDIT_UNSIGNED'))
      bench.store.fail(() => undefined)
      bench.store.release()
      await audit.close()

      expect(namesOf(await bench.events()).toSorted()).toEqual(
        [...OPENED, 'access.denied', 'ledger.closed', 'ledger.gap_recorded'].toSorted(),
      )
      expect(await bench.verify()).toMatchObject({ verdict: 'good', problems: [] })
    })
  })

  test('does not wait for ever for a key service that hangs while it signs', async () => {
    await withBench(async (bench) => {
      let isHanging = false
      const sign: typeof bench.keyring.sign = async (message) =>
        isHanging ? new Promise(() => undefined) : bench.keyring.sign(message)
      const audit = await impatient({ ...bench, keyring: { ...bench.keyring, sign } })
      isHanging = true
      await audit.emit('access.denied', DENIED)

      await expect(audit.close()).rejects.toEqual(code('ERR_AUDIT_UNSIGNED'))
      expect(namesOf(await bench.events()).at(-1)).toBe('ledger.closed')
      isHanging = false
      await audit.close()
      expect(await bench.verify()).toMatchObject({ verdict: 'good', problems: [] })
    })
  })

  test('does not wait for ever for a key service that hangs while it names persons', async () => {
    await withBench(async (bench) => {
      const pseudonym = async (): Promise<never> => new Promise(() => undefined)
      const audit = await impatient({ ...bench, keyring: { ...bench.keyring, pseudonym } })
      expect(await audit.emit('access.denied', { ...DENIED, actor: { user: 'u' } })).toBe('pending')

      await expect(audit.close()).rejects.toEqual(code('ERR_AUDIT_UNSIGNED'))
      expect(namesOf(await bench.events())).not.toContain('ledger.closed')
    })
  })

  test('leaves no record of the process behind when heartbeats come in between', async () => {
    const inner = createMemoryStore()
    let renewals = 0
    const store: Store = {
      ...inner,
      commit: async (commit) => {
        // Each time that the closing has read it, until it has no other way than to leave it to others.
        const [found] = isClosing(commit.entries) ? await inner.list(BOOT_PREFIX, { limit: 1 }) : []
        if (found !== undefined && renewals++ < 2) {
          const put = { op: 'put', key: found.key, value: found.value, expect: found.version } as const
          await inner.commit({ id: `renewal-${renewals}`, writes: [put], entries: [] })
        }
        return await inner.commit(commit)
      },
    }
    await withBench(
      async ({ open, events, verify }) => {
        await (await open()).close()

        expect(await store.list(BOOT_PREFIX, { limit: 10 })).toEqual([])
        expect(namesOf(await events())).toEqual([...OPENED, 'ledger.closed'])
        expect(await verify()).toMatchObject({ verdict: 'good', problems: [] })
      },
      { store },
    )
  })
})

describe('openAudit that fails after its first word', () => {
  test('says that it has closed, so that nobody takes the process for one that has crashed', async () => {
    await withBench(async ({ open, folder, store, events, verify }) => {
      const checkpointFile = join(folder, 'no-such-folder', 'checkpoint')
      await (await open()).close()
      const failing: Store = {
        ...store,
        due: async () => Promise.reject(new StoreError('ERR_STORE_UNAVAILABLE', 'The store is away.')),
      }
      await expect(open({ store: failing })).rejects.toEqual(code('ERR_STORE_UNAVAILABLE'))
      await expect(open({ checkpointFile })).rejects.toEqual(code('ERR_AUDIT_CHECKPOINT_FILE'))

      expect(await store.list(BOOT_PREFIX, { limit: 10 })).toEqual([])
      expect(namesOf(await events()).slice(3)).toEqual(['ledger.opened', 'ledger.closed'])
      await (await open()).close()
      expect(await verify()).toMatchObject({ verdict: 'good', writers: { boots: 3, closed: 3, silent: 0 } })
    })
  })

  test('rejects with what it failed of when that cannot be said either', async () => {
    await withFaultyStore(async ({ open, store, events }) => {
      let isFirst = true
      const failing: Store = {
        ...store,
        due: async () => {
          store.fail(() => 'reject')
          return Promise.reject(new Error('the first trouble'))
        },
        commit: async (commit) => {
          isFirst = false
          return await store.commit(commit)
        },
      }
      await expect(open({ store: failing })).rejects.toThrow('the first trouble')

      expect(isFirst).toBe(false)
      expect(namesOf(await events())).toEqual([...OPENED])
    })
  })
})

describe('a ledger that is open', () => {
  test('warns when signing does not come to an end', async () => {
    await withBench(async (bench) => {
      const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined)
      let isHanging = false
      const sign: typeof bench.keyring.sign = async (message) =>
        isHanging ? new Promise(() => undefined) : bench.keyring.sign(message)
      const audit = await impatient({ ...bench, keyring: { ...bench.keyring, sign } })
      isHanging = true
      await audit.emit('access.denied', DENIED)
      await vi.waitFor(() => expect(warned).toHaveBeenCalledOnce())
      isHanging = false
      await audit.close()

      expect(warned.mock.calls[0]?.[1]).toMatchObject({ type: 'AuditWarning', code: 'ERR_AUDIT_UNSIGNED' })
      warned.mockRestore()
    })
  })

  test('does not count its refusals when it was closed in good order: nothing is written after the last word', async () => {
    await withAudit(async ({ audit, events }) => {
      await audit.close()
      await audit.emit('access.denied', DENIED).catch(() => undefined)
      await audit.close()

      expect(namesOf(await events())).toEqual([...OPENED, 'ledger.closed'])
    })
  })
})

async function withFaultyStore(use: (bench: Bench & { readonly store: FaultyStore }) => Promise<void>): Promise<void> {
  const store = faultyStore(createMemoryStore())
  await withBench(async (bench) => use({ ...bench, store }), { store })
}

/** Opens a ledger that waits for nobody for long. */
async function impatient({ store, subjects, keyring }: Pick<Bench, 'store' | 'subjects' | 'keyring'>): Promise<Audit> {
  const options = { store, subjects, keyring, origin: LEDGER, app: 'bench', durableBudgetMs: 5, pollMs: 10 }
  return await openLedger(options, { ...IMPATIENT, signMs: 5 })
}

function isClosing(entries: readonly { readonly tags: { readonly type?: string } }[]): boolean {
  return entries.some(({ tags }) => tags.type === 'ledger.closed')
}

function namesOf(events: readonly LedgerEvent[]): readonly string[] {
  return events.map(({ type }) => type)
}

function gapsOf(events: readonly LedgerEvent[]): readonly unknown[] {
  return events.filter(({ type }) => type === 'ledger.gap_recorded').map(({ data }) => data)
}
