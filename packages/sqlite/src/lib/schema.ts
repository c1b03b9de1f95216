import { StoreError } from '@sallyport/store'
import type { DatabaseSync } from 'node:sqlite'
import { numberOf } from './rows.ts'

// "SALY" as a big-endian number: tells our files from other applications' databases.
const APPLICATION_ID = 0x53_41_4c_59
const SCHEMA_VERSION = 1

/*
 * records  one row a record; `keep` is 1 for records that stay readable after `expires_at`.
 * entries  the log; `tags` is JSON as the writer gave it, before `bytes` so that filtering on it reads no overflow page.
 * outcomes what became of the last commits, one row a batch: a JSON array of [commit id, outcome] pairs.
 * postings the tag index: for a tag and value, the log indexes that bear it, in blocks (see postings.ts).
 * spans    the earliest and latest `at` of each 1,024 entries, so that a time window is found without reading them.
 * progress how many entries postings and spans cover. All three can be rebuilt from `entries`.
 */
const SCHEMA = `
  CREATE TABLE records (
    key BLOB NOT NULL UNIQUE, value TEXT NOT NULL, version TEXT NOT NULL, expires_at INTEGER, keep INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX records_due ON records (expires_at, key) WHERE keep = 1 AND expires_at IS NOT NULL;
  CREATE INDEX records_dropped ON records (expires_at) WHERE keep = 0 AND expires_at IS NOT NULL;
  CREATE TABLE entries (
    idx INTEGER PRIMARY KEY CHECK (idx BETWEEN 0 AND 9007199254740991), id TEXT NOT NULL UNIQUE,
    at INTEGER NOT NULL CHECK (at BETWEEN 0 AND 9007199254740991), tags TEXT NOT NULL, bytes BLOB NOT NULL
  ) STRICT;
  CREATE TABLE outcomes (n INTEGER PRIMARY KEY, body TEXT NOT NULL) STRICT;
  CREATE TABLE postings (
    tag INTEGER NOT NULL, value TEXT NOT NULL, first INTEGER NOT NULL, indexes BLOB NOT NULL,
    PRIMARY KEY (tag, value, first)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE spans (n INTEGER PRIMARY KEY, earliest INTEGER NOT NULL, latest INTEGER NOT NULL) STRICT;
  CREATE INDEX spans_latest ON spans (latest, n);
  CREATE TABLE progress (one INTEGER PRIMARY KEY CHECK (one = 1), indexed INTEGER NOT NULL) STRICT;
  INSERT INTO progress VALUES (1, 0);
`

/**
 * Checks that a database is ours and not newer than this code, before anything in it is changed.
 *
 * @returns whether it is empty, and so still to be given its tables
 * @throws StoreError `ERR_STORE_UNAVAILABLE`
 */
export function checkSchema(db: DatabaseSync): { readonly isEmpty: boolean } {
  // In this order: tables and application id come in one transaction, so whoever sees the first sees the second.
  const objects = db.prepare('SELECT count(*) AS n FROM sqlite_schema').get()
  if (objects !== undefined && numberOf(objects, 'n') === 0) return { isEmpty: true }
  if (readPragma(db, 'application_id') !== APPLICATION_ID) {
    throw new StoreError('ERR_STORE_UNAVAILABLE', 'The file is a database of another application.')
  }
  if (readPragma(db, 'user_version') > SCHEMA_VERSION) {
    throw new StoreError('ERR_STORE_UNAVAILABLE', 'The database was written by a newer version of @sallyport/sqlite.')
  }
  return { isEmpty: false }
}

/** Gives an empty database its tables, unless another process does so first. */
export function createSchema(db: DatabaseSync): void {
  db.exec('BEGIN IMMEDIATE')
  if (checkSchema(db).isEmpty) {
    db.exec(SCHEMA)
    db.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${SCHEMA_VERSION}`)
  }
  db.exec('COMMIT')
}

function readPragma(db: DatabaseSync, name: 'user_version' | 'application_id'): number {
  const row = db.prepare(`PRAGMA ${name}`).get()
  return row === undefined ? 0 : numberOf(row, name)
}
