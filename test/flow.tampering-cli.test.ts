import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createDatabase, keyBytes, type TamperedDatabase } from './tampering/database.ts'
import { runVerify, type CommandVerdict } from './tampering/run-verify.ts'
import { storyVerifierKeys } from './tampering/world.ts'

const NEWEST = keyBytes(['ledger', 'checkpoint', '0000000000000300'])

describe('sallyport verify on a database file', () => {
  let database: TamperedDatabase
  let logKey: string
  let keptCheckpoint: string
  beforeAll(async () => {
    database = await createDatabase()
    logKey = join(database.folder, 'log.pub')
    keptCheckpoint = join(database.folder, 'kept')
    await writeFile(logKey, `${(await storyVerifierKeys()).join('\n')}\n`)
    await writeFile(keptCheckpoint, database.sideFile)
  })
  afterAll(async () => await database.close())

  const after = async (change: (db: DatabaseSync) => void, ...options: readonly string[]): Promise<CommandVerdict> => {
    const found: CommandVerdict[] = []
    await database.tampered(change, async () => {
      found.push(await runVerify(database.path, '--log-key', logKey, ...options))
    })
    const [verdict] = found
    if (verdict === undefined) throw new Error('the command did not run')
    return verdict
  }

  test('ends with 0 when nobody touched it', async () => {
    const kept = ['--checkpoint', keptCheckpoint]

    expect(await after(() => undefined)).toEqual({ code: 0, verdict: 'good', problems: [] })
    expect(await after(() => undefined, '--quick', ...kept)).toEqual({ code: 0, verdict: 'good', problems: [] })
  })

  test('ends with 10 when a row of the log is gone', async () => {
    const found = await after((db) => db.exec('DELETE FROM chunks WHERE last = (SELECT max(last) FROM chunks)'))

    expect(found).toMatchObject({ code: 10, verdict: 'incomplete' })
    expect(found.problems).toContain('entry_missing')
  })

  test('ends with 10 when a row was put where nobody can walk to', async () => {
    const add = 'INSERT INTO chunks SELECT 9007199254740990, sizes, heads, bodies FROM chunks LIMIT 1'

    expect(await after((db) => db.exec(add), '--quick')).toEqual({
      code: 10,
      verdict: 'incomplete',
      problems: ['index_gap'],
    })
  })

  test('ends with 10 when the whole file is an older copy, if a checkpoint was kept elsewhere, and with 0 if not', async () => {
    const [copy = ''] = database.copies
    const verify = async (...options: readonly string[]): Promise<number> =>
      (await runVerify(copy, '--log-key', logKey, ...options)).code

    expect([await verify('--checkpoint', keptCheckpoint), await verify()]).toEqual([10, 0])
  })

  test('ends with 20 when one body is that of another row', async () => {
    const found = await after((db) =>
      db.exec(
        'UPDATE chunks SET bodies = (SELECT bodies FROM chunks AS other WHERE other.last > chunks.last) WHERE last = 20',
      ),
    )

    expect(found).toMatchObject({ code: 20, verdict: 'corrupt' })
    expect(found.problems).toContain('entry_altered')
  })

  test('ends with 40 when a checkpoint says another size', async () => {
    const change = (db: DatabaseSync): void => {
      db.prepare(`UPDATE records SET value = replace(value, '\\n300\\n', '\\n301\\n') WHERE key = ?`).run(NEWEST)
    }

    expect(await after(change)).toEqual({ code: 40, verdict: 'bad_signature', problems: ['checkpoint_forged'] })
  })

  test('ends with 50 when it is no database of ours, or of another version', async () => {
    const damaged = join(database.folder, 'damaged.db')
    await writeFile(damaged, 'no database')

    expect(await runVerify(damaged, '--log-key', logKey)).toMatchObject({ code: 50, verdict: 'unverifiable' })
    expect(await after((db) => db.exec('PRAGMA user_version = 99'))).toMatchObject({
      code: 50,
      verdict: 'unverifiable',
    })
  })
})
