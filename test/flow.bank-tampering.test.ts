import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import { Customer } from './bank/customer.ts'
import { queryBank, verifyBank } from './bank/run-sallyport.ts'
import { startBank, type RunningBank } from './bank/start-bank.ts'

describe('verifying a ledger that was tampered with', () => {
  let bank: RunningBank
  let database: string
  beforeEach(async () => {
    bank = await startBank()
    database = join(bank.dataDir, 'sallyport.db')
    await new Customer(bank).signIn()
    await bank.stop('SIGTERM')
  })
  afterEach(async () => await bank.destroy())

  test('v5.0.0-16.4.2 names the entry of which one byte was changed in the database file', async () => {
    const changed = (await queryBank(bank, '--type', 'session.started'))[0]
    changeEntry(database, changed?.index, ({ bytes }) => bytes.writeUInt8(bytes.readUInt8(40) ^ 1, 40))

    const { code, report } = await verifyBank(bank)

    expect(code).toBe(20)
    expect(report.verdict).toBe('corrupt')
    expect(report.problems).toContainEqual(expect.objectContaining({ index: changed?.index }))
  })

  test('names the entry whose tags no longer say what its bytes say', async () => {
    const changed = (await queryBank(bank, '--type', 'session.started'))[0]
    changeEntry(database, changed?.index, (entry) => {
      entry.head = entry.head.replace('session.started', 'session.ended')
    })

    const { code, report } = await verifyBank(bank)

    expect(code).toBe(20)
    expect(report.problems).toContainEqual(expect.objectContaining({ index: changed?.index }))
  })

  test('LOG-08 names the last signed entry when it was deleted', async () => {
    const last = (await queryBank(bank)).at(-1)
    changeEntry(database, last?.index, () => 'delete')

    const { code, report } = await verifyBank(bank)

    expect(code).toBe(10)
    expect(report.verdict).toBe('incomplete')
    expect(report.problems).toContainEqual(expect.objectContaining({ index: last?.index }))
  })
})

interface EntryOnDisk {
  head: string
  readonly bytes: Buffer
}

/** Changes an entry in the database file behind the back of everything, or deletes it together with all after it. */
function changeEntry(database: string, index = -1, change: (entry: EntryOnDisk) => unknown): void {
  const sqlite = new DatabaseSync(database)
  const row = sqlite.prepare('SELECT * FROM chunks WHERE last >= ? ORDER BY last').get(index) ?? {}
  const [sizes, bodies] = [row['sizes'], row['bodies']].map((blob) =>
    Buffer.from(blob instanceof Uint8Array ? blob : []),
  )
  const heads = String(row['heads']).split('\n')
  let offset = 0
  const entries = heads.map((head, place): EntryOnDisk => {
    const size = sizes?.readUInt16LE(place * 2) ?? 0
    offset += size
    return { head, bytes: bodies?.subarray(offset - size, offset) ?? Buffer.alloc(0) }
  })
  const place = index - (Number(row['last']) + 1 - entries.length)
  const entry = entries[place]
  if (entry === undefined) throw new Error('changeEntry: there is no such entry')
  const kept = change(entry) === 'delete' ? entries.slice(0, place) : entries
  sqlite.prepare('DELETE FROM chunks WHERE last >= ?').run(Number(row['last']))
  if (kept.length > 0) {
    sqlite
      .prepare('INSERT INTO chunks (last, sizes, heads, bodies) VALUES (?, ?, ?, ?)')
      .run(
        index - place + kept.length - 1,
        sizes?.subarray(0, kept.length * 2) ?? null,
        kept.map(({ head }) => head).join('\n'),
        Buffer.concat(kept.map(({ bytes }) => bytes)),
      )
  }
  sqlite.close()
}
