import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { textOf } from './rows.ts'

// Printable ASCII without the space: in it JavaScript and SQLite sort alike, and a line break can separate ids.
const PLAIN = /^[!-~]+$/

/**
 * The ids of the entries that the index covers, so that none is given twice.
 *
 * Ids that sort by time come almost in order, so most of them are greater than all before: those are kept in rows of
 * many, which follow one another, and an id greater than the greatest of them is known to be new without looking. Ids out
 * of order are kept one by one.
 */
export class EntryIds {
  readonly #greatest: StatementSync
  readonly #run: StatementSync
  readonly #single: StatementSync
  readonly #putRun: StatementSync
  readonly #putSingle: StatementSync
  readonly #removeRun: StatementSync
  readonly #removeSingle: StatementSync
  #top = ''

  constructor(db: DatabaseSync) {
    this.#greatest = db.prepare('SELECT top FROM id_runs ORDER BY top DESC LIMIT 1')
    this.#run = db.prepare('SELECT top, body FROM id_runs WHERE top >= ? ORDER BY top LIMIT 1')
    this.#single = db.prepare('SELECT id FROM id_rest WHERE id = ?')
    this.#putRun = db.prepare('INSERT OR REPLACE INTO id_runs (top, body) VALUES (?, ?)')
    this.#putSingle = db.prepare('INSERT OR REPLACE INTO id_rest (id) VALUES (?)')
    this.#removeRun = db.prepare('DELETE FROM id_runs WHERE top = ?')
    this.#removeSingle = db.prepare('DELETE FROM id_rest WHERE id = ?')
    this.catchUp()
  }

  /** Learns what other processes have added. */
  catchUp(): void {
    const row = this.#greatest.get()
    this.#top = row === undefined ? '' : textOf(row, 'top')
  }

  has(id: string): boolean {
    const isPlain = PLAIN.test(id)
    if (isPlain && id > this.#top) return false
    if (this.#single.get(id) !== undefined) return true
    const run = isPlain ? this.#run.get(id) : undefined
    return run !== undefined && textOf(run, 'body').split('\n').includes(id)
  }

  /** Adds ids that are new, about a thousand at a time, inside the open transaction. */
  add(ids: readonly string[]): void {
    const ascending: string[] = []
    for (const id of ids) {
      if (id > this.#top && PLAIN.test(id)) ascending.push(id)
      else this.#putSingle.run(id)
    }
    const top = ascending.sort().at(-1)
    if (top === undefined) return
    this.#putRun.run(top, ascending.join('\n'))
    this.#top = top
  }

  /** Forgets ids, inside the open transaction. */
  remove(ids: readonly string[]): void {
    const removed = new Set(ids)
    for (const id of removed) {
      const isSingle = Number(this.#removeSingle.run(id).changes) > 0
      if (!isSingle && PLAIN.test(id)) this.#removeFromRun(id, removed)
    }
  }

  // Those that stand in the run with it go, too.
  #removeFromRun(id: string, removed: Set<string>): void {
    const row = this.#run.get(id)
    if (row === undefined) return
    const [top, ids] = [textOf(row, 'top'), textOf(row, 'body').split('\n')]
    const rest = ids.filter((one) => !removed.has(one))
    for (const one of ids) removed.delete(one)
    if (rest.length === 0) this.#removeRun.run(top)
    else if (rest.length < ids.length) this.#putRun.run(top, rest.join('\n'))
  }
}
