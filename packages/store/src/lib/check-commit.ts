import { checkValue } from './check-value.ts'
import { inputError } from './errors.ts'
import { checkKey, isStorableText } from './keys.ts'
import { TAGS } from './types.ts'
import type { Commit, Entry, Write } from './types.ts'

const MAX_WRITES = 128
const MAX_ENTRIES = 64
const MAX_ENTRY_BYTES = 16_384
const MAX_TAG_BYTES = 256
const MAX_ID_LENGTH = 128
const TAG_NAMES: ReadonlySet<string> = new Set(TAGS)

/**
 * Checks a commit against every bound of the contract, before any work is done on it.
 *
 * Ids are 1 to 128 characters, times and counts are whole numbers, a key may occur twice only in `add` writes, and there is one
 * `drop` at most.
 *
 * @param commit the caller's commit
 * @throws StoreError `ERR_STORE_INPUT` when a bound is broken
 */
export function checkCommit(commit: Commit): void {
  checkId(commit.id)
  if (commit.writes.length > MAX_WRITES) throw inputError('A commit must not hold more than 128 writes.')
  if (commit.entries.length > MAX_ENTRIES) throw inputError('A commit must not hold more than 64 entries.')
  if (commit.writes.filter(({ op }) => op === 'drop').length > 1) {
    throw inputError('A commit must not drop twice.')
  }
  const ops = new Map<string, Write['op']>()
  for (const write of commit.writes) {
    checkWrite(write)
    if (write.op === 'drop') continue
    const key = write.key.join('\0')
    const earlier = ops.get(key)
    if (earlier !== undefined && (earlier !== 'add' || write.op !== 'add')) {
      throw inputError('A commit must not write to one key twice, unless every time it adds.')
    }
    ops.set(key, write.op)
  }
  for (const entry of commit.entries) checkEntry(entry)
  if (commit.entries.length > 1 && new Set(commit.entries.map((entry) => entry.id)).size < commit.entries.length) {
    throw inputError('A commit must not hold two entries of one id.')
  }
}

function checkWrite(write: Write): void {
  if (write.op === 'drop') return checkDrop(write)
  checkKey(write.key)
  switch (write.op) {
    case 'put':
      return checkPut(write)
    case 'remove':
      return checkId(write.expect)
    case 'check':
      if (write.expect !== null) checkId(write.expect)
      return
    case 'add':
      if (!Number.isSafeInteger(write.by)) throw inputError('An add must add a whole number.')
      checkWhole(write.max)
      checkWhole(write.expiresAt)
      return
    default:
      throw inputError('A write must be a put, remove, check, add or drop.')
  }
}

function checkDrop({ below, expect }: Extract<Write, { op: 'drop' }>): void {
  checkWhole(below)
  checkWhole(expect)
  if (below < expect) throw inputError('A drop must not end before the log begins.')
}

function checkPut(write: Extract<Write, { op: 'put' }>): void {
  if (write.expect !== null) checkId(write.expect)
  if (write.expiresAt !== undefined) checkWhole(write.expiresAt)
  if (write.atExpiry !== undefined && write.atExpiry !== 'drop' && write.atExpiry !== 'keep') {
    throw inputError('A put must say drop or keep at expiry.')
  }
  checkValue(write.value)
}

function checkEntry(entry: Entry): void {
  checkId(entry.id)
  checkWhole(entry.at)
  if (!(entry.bytes instanceof Uint8Array) || entry.bytes.length === 0 || entry.bytes.length > MAX_ENTRY_BYTES) {
    throw inputError('An entry must hold 1 to 16,384 bytes.')
  }
  for (const name of Object.keys(entry.tags)) checkTag(name, Reflect.get(entry.tags, name))
}

/** Checks one tag: a name of `TAGS`, a value of at most 256 bytes without NUL. Throws `ERR_STORE_INPUT`. */
export function checkTag(name: string, value: unknown): void {
  if (!TAG_NAMES.has(name)) throw inputError('A tag must be one of the fixed names.')
  if (!isStorableText(value) || value.length > MAX_TAG_BYTES || Buffer.byteLength(value) > MAX_TAG_BYTES) {
    throw inputError('A tag must be a string of at most 256 bytes without NUL.')
  }
}

/** Checks that a number is whole, not negative and exact. Throws `ERR_STORE_INPUT`. */
export function checkWhole(value: number): void {
  if (!Number.isSafeInteger(value) || value < 0) throw inputError('A time, limit or index must be a whole number.')
}

function checkId(id: string): void {
  if (!isStorableText(id) || id.length === 0 || id.length > MAX_ID_LENGTH) {
    throw inputError('An id must be a string of 1 to 128 characters without NUL.')
  }
}
