import { openSqlite } from '@sallyport/sqlite'
import type { Store } from '@sallyport/store'
import { CliError, describeError } from './errors.ts'

/**
 * Takes the path out of a ledger's address.
 *
 * @param address `sqlite:<path>`, from the command line.
 * @param what what is named so, for the message.
 * @throws CliError `ERR_CLI_USAGE` for another kind of address.
 */
export function parseAddress(address: string, what = 'A ledger'): string {
  const path = /^sqlite:(.+)$/s.exec(address)?.[1]
  if (path === undefined) throw new CliError('ERR_CLI_USAGE', `${what} is named sqlite:<path>.`)
  return path
}

/**
 * Opens the store of a ledger for reading only: nothing is created and nothing is written.
 *
 * @param path the database file, from the command line.
 * @param what what the store is, for the message.
 * @returns the store, to be closed by the caller.
 * @throws CliError `ERR_CLI_UNREADABLE` when it cannot be opened.
 */
export async function openLedgerStore(path: string, what = 'ledger'): Promise<Store> {
  try {
    return await openSqlite({ path, readOnly: true })
  } catch (cause) {
    throw new CliError('ERR_CLI_UNREADABLE', `The ${what} ${path} cannot be opened: ${describeError(cause)}`, { cause })
  }
}
