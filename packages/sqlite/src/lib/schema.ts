import { StoreError } from '@sallyport/store'
import type { DatabaseSync } from 'node:sqlite'
import { numberOf } from './rows.ts'

// "SALY" as a big-endian number: tells our files from other applications' databases.
const APPLICATION_ID = 0x53_41_4c_59
const SCHEMA_VERSION = 3
// Version 3 is version 2 and the table `log_start`.
const OLDEST_VERSION = 2

/*
 * records  one row a record; `keep` is 1 for records that stay readable after `expires_at`.
 * chunks   the log, up to 32 entries a row, under the index of the last one (see chunk.ts).
 * log_start where the log begins, in its only row: entries before were dropped, their rows are deleted little by little.
 * outcomes what became of the last commits, one row a batch: a JSON array of [commit id, outcome] pairs.
 *
 * The rest follows from the log and can be built again from it:
 * postings the tag index: sorted runs of three sizes (see postings.ts), cut into rows, each under its first posting.
 * spans    the earliest `at` of each 1,024 entries, and the latest of these and all before them, so that a time window is
 *          found without reading entries.
 * id_runs  the ids of entries that came in ascending order: about a thousand a row, under the greatest one (entry-ids.ts).
 * id_rest  the ids of all other entries.
 * progress how many entries the runs of each size cover; row 0 also says how many spans and ids cover.
 */
const LOG_START = `
  CREATE TABLE log_start (
    n INTEGER PRIMARY KEY CHECK (n = 0), first INTEGER NOT NULL CHECK (first BETWEEN 0 AND 9007199254740991)
  ) STRICT;
  INSERT INTO log_start VALUES (0, 0);
`
const SCHEMA = `
  CREATE TABLE records (
    key BLOB NOT NULL UNIQUE, value TEXT NOT NULL, version TEXT NOT NULL, expires_at INTEGER, keep INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX records_due ON records (expires_at, key) WHERE keep = 1 AND expires_at IS NOT NULL;
  CREATE INDEX records_dropped ON records (expires_at) WHERE keep = 0 AND expires_at IS NOT NULL;
  CREATE TABLE chunks (
    last INTEGER PRIMARY KEY CHECK (last BETWEEN 0 AND 9007199254740990),
    sizes BLOB NOT NULL, heads TEXT NOT NULL, bodies BLOB NOT NULL
  ) STRICT;
  CREATE TABLE outcomes (n INTEGER PRIMARY KEY, body TEXT NOT NULL) STRICT;
  CREATE TABLE postings (
    level INTEGER NOT NULL, run INTEGER NOT NULL, tag INTEGER NOT NULL, low INTEGER NOT NULL, body BLOB NOT NULL,
    PRIMARY KEY (level, run, tag, low)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE spans (n INTEGER PRIMARY KEY, earliest INTEGER NOT NULL, latest INTEGER NOT NULL) STRICT;
  CREATE INDEX spans_latest ON spans (latest, n);
  CREATE TABLE id_runs (top TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;
  CREATE TABLE id_rest (id TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
  CREATE TABLE progress (level INTEGER PRIMARY KEY, indexed INTEGER NOT NULL) STRICT;
  INSERT INTO progress VALUES (0, 0), (1, 0), (2, 0);
  ${LOG_START}
`

/** What is found in a file: nothing yet, tables of a version that can be brought forward in place, or those of this one. */
export type SchemaState = 'empty' | 'older' | 'current'

/**
 * Checks that a database is ours and of this version, before anything in it is changed.
 *
 * @returns what is to be done before it can be written to: all but `current` are for `createSchema`
 * @throws StoreError `ERR_STORE_UNAVAILABLE`
 */
export function checkSchema(db: DatabaseSync): SchemaState {
  // In this order: tables and application id come in one transaction, so whoever sees the first sees the second.
  const objects = db.prepare('SELECT count(*) AS n FROM sqlite_schema').get()
  if (objects !== undefined && numberOf(objects, 'n') === 0) return 'empty'
  if (readPragma(db, 'application_id') !== APPLICATION_ID) {
    throw new StoreError('ERR_STORE_UNAVAILABLE', 'The file is a database of another application.')
  }
  const version = readPragma(db, 'user_version')
  if (version < OLDEST_VERSION || version > SCHEMA_VERSION) {
    throw new StoreError(
      'ERR_STORE_UNAVAILABLE',
      `The database has version ${version} of the schema, and this @sallyport/sqlite reads version ${SCHEMA_VERSION}: ` +
        `use the ${version > SCHEMA_VERSION ? 'newer' : 'older'} release that wrote it.`,
    )
  }
  return version === SCHEMA_VERSION ? 'current' : 'older'
}

/** Gives a database the tables that it lacks, unless another process does so first. */
export function createSchema(db: DatabaseSync): void {
  db.exec('BEGIN IMMEDIATE')
  const state = checkSchema(db)
  if (state !== 'current') {
    db.exec(state === 'empty' ? SCHEMA : LOG_START)
    db.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${SCHEMA_VERSION}`)
  }
  db.exec('COMMIT')
}

function readPragma(db: DatabaseSync, name: 'user_version' | 'application_id'): number {
  const row = db.prepare(`PRAGMA ${name}`).get()
  return row === undefined ? 0 : numberOf(row, name)
}
