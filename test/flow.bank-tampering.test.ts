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
    const sqlite = new DatabaseSync(database)
    const bytes = Buffer.from(
      sqlite
        .prepare('SELECT hex(bytes) AS hex FROM entries WHERE idx = ?')
        .get(changed?.index ?? -1)
        ?.['hex']?.toString() ?? '',
      'hex',
    )
    bytes.writeUInt8(bytes.readUInt8(40) ^ 1, 40)
    sqlite.prepare('UPDATE entries SET bytes = ? WHERE idx = ?').run(bytes, changed?.index ?? -1)
    sqlite.close()

    const { code, report } = await verifyBank(bank)

    expect(code).toBe(20)
    expect(report.verdict).toBe('corrupt')
    expect(report.problems).toContainEqual(expect.objectContaining({ index: changed?.index }))
  })

  test('names the entry whose tags no longer say what its bytes say', async () => {
    const changed = (await queryBank(bank, '--type', 'session.started'))[0]
    const sqlite = new DatabaseSync(database)
    sqlite.exec(
      `UPDATE entries SET tags = replace(tags, 'session.started', 'session.ended') WHERE idx = ${changed?.index}`,
    )
    sqlite.close()

    const { code, report } = await verifyBank(bank)

    expect(code).toBe(20)
    expect(report.problems).toContainEqual(expect.objectContaining({ index: changed?.index }))
  })

  test('LOG-08 names the last signed entry when it was deleted', async () => {
    const last = (await queryBank(bank)).at(-1)
    const sqlite = new DatabaseSync(database)
    sqlite.exec(`DELETE FROM entries WHERE idx = ${last?.index}`)
    sqlite.close()

    const { code, report } = await verifyBank(bank)

    expect(code).toBe(10)
    expect(report.verdict).toBe('incomplete')
    expect(report.problems).toContainEqual(expect.objectContaining({ index: last?.index }))
  })
})
