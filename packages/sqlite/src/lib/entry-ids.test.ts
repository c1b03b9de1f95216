import fc from 'fast-check'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { describe, expect, test } from 'vitest'
import { openForWriting } from './connection.ts'
import { EntryIds } from './entry-ids.ts'

function withDatabase(run: (db: DatabaseSync) => void): void {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-sqlite-'))
  const db = openForWriting(join(folder, 'store.db'))
  db.exec('BEGIN')
  try {
    run(db)
  } finally {
    db.close()
    rmSync(folder, { recursive: true })
  }
}

const anyId = fc.oneof(
  fc.string({ minLength: 1, maxLength: 3, unit: fc.constantFrom('a', 'b', 'z', '~', '!') }),
  fc.constantFrom('a\nb', 'a b', 'é', '😀', '\uffee', "a'b", '"'),
)

describe('EntryIds', () => {
  test('know exactly the ids that were added, in whatever order they came, and after a restart', () => {
    const property = fc.property(
      fc.array(fc.uniqueArray(anyId, { maxLength: 12 }), { maxLength: 6 }),
      fc.array(anyId, { maxLength: 20 }),
      (batches, others) =>
        withDatabase((db) => {
          const ids = new EntryIds(db)
          const known = new Set<string>()
          for (const batch of batches) {
            const added = batch.filter((id) => !known.has(id))
            ids.add(added)
            for (const id of added) known.add(id)
          }

          for (const id of [...known, ...others]) {
            expect([ids.has(id), new EntryIds(db).has(id)]).toEqual([known.has(id), known.has(id)])
          }
        }),
    )

    const details = fc.check(property, { numRuns: 40 })

    expect(details.failed ? fc.defaultReportMessage(details) : 'holds').toBe('holds')
  })

  test('keep ids that ascend many to a row', () =>
    withDatabase((db) => {
      const ids = new EntryIds(db)
      for (let turn = 0; turn < 4; turn++) {
        ids.add(Array.from({ length: 1_000 }, (_, place) => `id${turn}.${String(place).padStart(4, '0')}`))
      }

      const count = (table: string): unknown => db.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.['n']
      expect([count('id_runs'), count('id_rest')]).toEqual([4, 0])
    }))
})
