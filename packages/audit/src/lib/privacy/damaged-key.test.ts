import { openKeyring, rotateKey } from '@sallyport/keyring'
import type { Store } from '@sallyport/store'
import { join } from 'node:path'
import { describe, expect, test, vi } from 'vitest'
import { withBench } from '../../../test/bench.ts'
import { deny, OFFICER } from '../../../test/people.ts'
import type { LedgerEvent } from '../events/types.ts'

const DENIED = { type: 'access.denied' } as const

describe('a key whose record is damaged', () => {
  test('stops no reader, no sink and no export, is said once, and rejects where it alone is asked for', async () => {
    const warnings = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined)
    await withBench(async ({ open, subjects }) => {
      const audit = await open()
      await deny(audit, 'alice', '203.0.113.7')
      await damage(subjects)
      await deny(audit, 'bob', '203.0.113.8')
      const written: LedgerEvent[] = []
      audit.addSink({ name: 'siem', reveal: ['ip'], write: async (events) => void written.push(...events) })
      const { events } = await audit.reader({ ...OFFICER, reveal: ['ip'] }).query(DENIED)
      await audit.settle()

      const expected = [{ revealed: { ip: '203.0.113.8' } }, { revealed: {}, unreadable: true }]
      expect(events).toMatchObject(expected)
      expect(written.filter(({ type }) => type === 'access.denied').toReversed()).toMatchObject(expected)
      const [, alice] = events
      if (alice === undefined) throw new Error('there is no event')
      await expect(audit.reveal(alice)).rejects.toMatchObject({ code: 'ERR_AUDIT_ENVELOPE' })
      const copy: LedgerEvent[] = []
      for await (const one of audit.exportSubject('alice', OFFICER)) copy.push(one)
      expect(copy.find(({ type }) => type === 'access.denied')).toMatchObject({ unreadable: true })
      expect(warnings.mock.calls.filter(([text]) => String(text).includes('does not open'))).toHaveLength(1)
    })
    warnings.mockRestore()
  })

  test('is not what an older key ring takes a newer key for', async () => {
    await withBench(async ({ folder, open }) => {
      const old = await open()
      await rotateKey(join(folder, 'keys.json'), 'seal')
      const fresh = await open({ keyring: await openKeyring(join(folder, 'keys.json')) })
      await deny(fresh, 'alice', '203.0.113.7')

      const reading = old.reader({ ...OFFICER, reveal: ['ip'] }).query(DENIED)
      await expect(reading).rejects.toMatchObject({ code: 'ERR_AUDIT_ENVELOPE' })
    })
  })
})

async function damage(subjects: Store): Promise<void> {
  const [found] = await subjects.list(['subject'], { limit: 1 })
  if (found === undefined) throw new Error('there is no key')
  const write = { op: 'put', key: found.key, value: 'junk', expect: found.version } as const
  await subjects.commit({ id: 'damage', entries: [], writes: [write] })
}
