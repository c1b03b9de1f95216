import { describe, expect, test } from 'vitest'
import { OPENED, withAudit, type Bench } from '../../../test/bench.ts'
import type { Audit } from '../audit-contract.ts'
import { readSetting, recordSettings, type SettingsParts } from './settings-record.ts'

const LONG = 'x'.repeat(300)

describe('recordSettings', () => {
  test('records nothing for a default of which the ledger knows nothing', async () => {
    await withAudit(async (bench) => {
      await recordSettings(partsOf(bench), { 'audit.levels': undefined })

      expect((await bench.events()).map(({ type }) => type)).toEqual(OPENED)
    })
  })

  test('records each change with what it was before, and the same value no second time', async () => {
    await withAudit(async (bench) => {
      const parts = partsOf(bench)
      for (const value of ['a', 'a', 'b', undefined, undefined]) await recordSettings(parts, { 'audit.levels': value })

      expect(await changesIn(bench)).toEqual([
        { setting: 'audit.levels', to: 'a' },
        { setting: 'audit.levels', from: 'a', to: 'b' },
        { setting: 'audit.levels', from: 'b', to: 'default' },
      ])
    })
  })

  test('shows a long value as its digest, and knows it again', async () => {
    await withAudit(async (bench) => {
      const parts = partsOf(bench)
      await recordSettings(parts, { 'audit.levels': LONG })
      await recordSettings(parts, { 'audit.levels': LONG })

      expect(await changesIn(bench)).toEqual([{ setting: 'audit.levels', to: expect.stringMatching(/^[\w-]{43}$/) }])
    })
  })

  test('keeps a first value without an event where that is no choice, and records the next one', async () => {
    await withAudit(async (bench) => {
      const parts = partsOf(bench)
      await recordSettings(parts, { 'test.key': 'k1' }, 'kept')
      expect(await changesIn(bench)).toEqual([])
      await recordSettings(parts, { 'test.key': 'k2' }, 'kept')

      expect(await changesIn(bench)).toEqual([{ setting: 'test.key', from: 'k1', to: 'k2' }])
      expect(await readSetting(bench.store, 'test.key')).toBe('k2')
    })
  })

  test('records a change once, although 50 processes start with it at the same time', async () => {
    await withAudit(async (bench) => {
      const parts = partsOf(bench)
      await Promise.all(Array.from({ length: 50 }, async () => await recordSettings(parts, { 'audit.flood': 'a' })))

      expect(await changesIn(bench)).toHaveLength(1)
    })
  })
})

function partsOf({ store, audit }: Bench & { readonly audit: Audit }): SettingsParts {
  return { options: { store }, writer: audit }
}

async function changesIn({ events }: Bench): Promise<readonly unknown[]> {
  return (await events()).filter(({ type }) => type === 'config.changed').map(({ data }) => data)
}
