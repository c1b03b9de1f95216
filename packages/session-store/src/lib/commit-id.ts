import { randomBytes } from 'node:crypto'
import { sortableId } from '@sallyport/store'

/**
 * Makes the id of one commit, which becomes the version of what it writes.
 *
 * @param now Milliseconds since the epoch.
 * @returns 26 characters that sort by time.
 */
export function newCommitId(now: number): string {
  return sortableId(now, randomBytes(10))
}
