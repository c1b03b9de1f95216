import { createHash } from 'node:crypto'
import { readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'

import type { Found, Key, Write } from '@sallyport/store'
import { isJsonRecord } from '../json-record.ts'

// What openAudit lets a writer be called, and what a date can be.
const MAX_WRITER = 200
const MAX_TIME = 8.64e15

/** Below it is one record for each process that has the ledger open. */
export const BOOT_PREFIX: Key = ['ledger', 'boot']

/** A process that has the ledger open, or had it when it ended. */
export interface Boot {
  readonly boot: string
  readonly writer: string
  /** Names the set of processes among which `pid` means one process: a running system and its process namespace. */
  readonly place: string
  readonly pid: number
  /** When it was heard last, in milliseconds since the epoch. */
  readonly at: number
}

/** Gives the write that says that a process lives; the record is due when nothing was heard for so long. */
export function putBoot(one: Boot, expect: string | null, silentMs: number): Write {
  const { boot, writer, place, pid, at } = one
  const value = { writer, place, pid, at }
  return { op: 'put', key: bootKey(boot), value, expect, expiresAt: at + silentMs, atExpiry: 'keep' }
}

/** Gives the key of the record of a boot. */
export function bootKey(boot: string): Key {
  return [...BOOT_PREFIX, boot]
}

/** Reads the record of a boot; whatever was altered in it reads as unknown. */
export function parseBoot({ key, value }: Found): Boot {
  const { writer, place, pid, at } = isJsonRecord(value) ? value : {}
  return {
    boot: key.at(-1) ?? '',
    writer: typeof writer === 'string' && writer.length <= MAX_WRITER && writer.isWellFormed() ? writer : '',
    place: typeof place === 'string' ? place : '',
    pid: typeof pid === 'number' && Number.isSafeInteger(pid) ? pid : 0,
    at: typeof at === 'number' && Number.isSafeInteger(at) && Math.abs(at) <= MAX_TIME ? at : 0,
  }
}

/** Tells whether a process of this place has ended for certain. Of other places nobody knows: they fall silent. */
export function hasEnded({ place, pid }: Pick<Boot, 'place' | 'pid'>, here: string): boolean {
  if (place !== here || pid < 1) return false
  try {
    process.kill(pid, 0)
    return false
  } catch (error) {
    // Somebody else's process lives, too.
    return error instanceof Error && 'code' in error && error.code === 'ESRCH'
  }
}

/** Names where this process runs, as far as the system tells: a number of a process means nothing elsewhere. */
export function thisPlace(): string {
  const parts = [
    hostname(),
    read(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8')),
    read(() => readlinkSync('/proc/self/ns/pid')),
  ]
  return createHash('sha256').update(parts.join('\n')).digest('base64url').slice(0, 22)
}

function read(source: () => string): string {
  try {
    return source()
  } catch {
    return ''
  }
}
