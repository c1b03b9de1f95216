import { copyFile, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync, type SQLInputValue, type SQLOutputValue } from 'node:sqlite'
import { openSqlite } from '@sallyport/sqlite'
import type { Store } from '@sallyport/store'
import { storyClock, writeStory } from './story.ts'

// The tables of the schema that hold evidence, each with the columns of its rows, the key first. All others follow from
// the log.
const EVIDENCE = {
  chunks: ['last', 'sizes', 'heads', 'bodies'],
  records: ['key', 'value', 'version', 'expires_at', 'keep'],
} as const

/** The story in a database file, opened by an intruder. */
export interface TamperedDatabase {
  readonly folder: string
  readonly path: string
  /** What the checkpoint file holds in the end. */
  readonly sideFile: string
  /** Copies of the whole file, each made right after a checkpoint, the oldest first. */
  readonly copies: readonly string[]
  /** Changes the file as told, lends it to a reader of its own, and puts everything back. */
  readonly tampered: (change: (db: DatabaseSync) => void, use: (store: Store) => Promise<void>) => Promise<void>
  readonly close: () => Promise<void>
}

/** A row of the log as it lies in the file: up to 32 entries under the index of the last. */
export interface ChunkRow {
  readonly first: number
  readonly last: number
  readonly sizes: readonly number[]
  readonly heads: readonly string[]
  readonly bodies: readonly Buffer[]
}

/** Writes the story into a database file, closes it, and leaves every third checkpoint in it. */
export async function createDatabase(): Promise<TamperedDatabase> {
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-tampering-'))
  const path = join(folder, 'ledger.db')
  const copies: string[] = []
  const copy = async (): Promise<void> => {
    const to = join(folder, `copy-${copies.length}.db`)
    const db = new DatabaseSync(path, { readOnly: true })
    db.prepare('VACUUM INTO ?').run(to)
    db.close()
    copies.push(to)
  }
  const store = await openSqlite({ path, clock: storyClock() })
  await writeStory({ store, checkpointFile: `${path}.checkpoint` }, copy)
  await store.close()
  thinOut(path)
  await copyFile(path, join(folder, 'pristine.db'))
  const sideFile = await readFile(`${path}.checkpoint`, 'utf8')
  const intruder = openIntruder(folder, path)
  const reader = await openSqlite({ path, readOnly: true, clock: storyClock() })
  return {
    folder,
    path,
    sideFile,
    copies,
    tampered: async (change, use) => {
      inTransaction(intruder, () => change(intruder))
      try {
        await use(reader)
      } finally {
        inTransaction(intruder, () => restore(intruder))
      }
    },
    close: async () => {
      await reader.close()
      intruder.close()
      await rm(folder, { recursive: true })
    },
  }
}

/** Reads all rows of the log. */
export function readChunks(path: string): readonly ChunkRow[] {
  const db = new DatabaseSync(path, { readOnly: true })
  const rows = db.prepare('SELECT last, sizes, heads, bodies FROM chunks ORDER BY last').all()
  db.close()
  return rows.map((row) => {
    const last = Number(row['last'])
    const packed = bytesOf(row['sizes'])
    const sizes = Array.from({ length: packed.length / 2 }, (_, at) => packed.readUInt16LE(at * 2))
    const whole = bytesOf(row['bodies'])
    const ends = sizes.map((_, at) => sizes.slice(0, at + 1).reduce((sum, size) => sum + size, 0))
    const bodies = ends.map((end, at) => whole.subarray(end - (sizes[at] ?? 0), end))
    return { first: last + 1 - sizes.length, last, sizes, heads: String(row['heads']).split('\n'), bodies }
  })
}

/** Puts a row into the log in the place of the one with that last index, or beside all others. */
export function writeChunk(db: DatabaseSync, at: number | undefined, row: Omit<ChunkRow, 'first'>): void {
  if (at !== undefined) db.prepare('DELETE FROM chunks WHERE last = ?').run(at)
  const values: SQLInputValue[] = [row.last, packSizes(row.sizes), row.heads.join('\n'), Buffer.concat(row.bodies)]
  db.prepare('INSERT INTO chunks (last, sizes, heads, bodies) VALUES (?, ?, ?, ?)').run(...values)
}

/** The column of sizes: 16-bit little-endian numbers. */
export function packSizes(sizes: readonly number[]): Buffer {
  const packed = Buffer.alloc(sizes.length * 2)
  for (const [at, size] of sizes.entries()) packed.writeUInt16LE(size, at * 2)
  return packed
}

/** The column of a record's key: each part ends in a zero byte. */
export function keyBytes(key: readonly string[]): Buffer {
  return Buffer.from(key.map((part) => `${part}\0`).join(''))
}

// A third of the checkpoints is enough: thousands of verifications then spend their time on the entries.
function thinOut(path: string): void {
  const db = new DatabaseSync(path)
  const checkpoints =
    "key > CAST('ledger' || char(0) || 'checkpoint' || char(0) AS BLOB) AND key < CAST('ledger' || char(0) || 'd' AS BLOB)"
  db.exec(`DELETE FROM records WHERE ${checkpoints} AND rowid IN (
    SELECT id FROM (SELECT rowid AS id, row_number() OVER (ORDER BY key DESC) AS n FROM records WHERE ${checkpoints})
    WHERE n % 3 != 1)`)
  db.close()
}

function openIntruder(folder: string, path: string): DatabaseSync {
  const db = new DatabaseSync(path)
  db.exec('PRAGMA synchronous = OFF')
  db.prepare('ATTACH ? AS pristine').run(join(folder, 'pristine.db'))
  // The first write creates the side files by which a reader sees that the file is in use.
  inTransaction(db, () => restore(db))
  return db
}

// Only what differs: a reader has to read anew every page that is written.
function restore(db: DatabaseSync): void {
  for (const [table, [key, ...columns]] of Object.entries(EVIDENCE)) {
    const differs = columns.map((column) => `changed.${column} IS NOT kept.${column}`).join(' OR ')
    db.exec(`
      DELETE FROM main.${table} WHERE ${key} NOT IN (SELECT ${key} FROM pristine.${table});
      INSERT OR REPLACE INTO main.${table} SELECT kept.* FROM pristine.${table} AS kept
        LEFT JOIN main.${table} AS changed USING (${key}) WHERE changed.${key} IS NULL OR ${differs}`)
  }
}

function inTransaction(db: DatabaseSync, work: () => void): void {
  db.exec('BEGIN')
  try {
    work()
    db.exec('COMMIT')
  } catch (error) {
    db.exec('ROLLBACK')
    throw error
  }
}

function bytesOf(value: SQLOutputValue | undefined): Buffer {
  if (!(value instanceof Uint8Array)) throw new Error('the column holds no bytes')
  return Buffer.from(value)
}
