import type { Commit, Entry, Json, Key, Store, Tag, Write } from '../types.ts'

/** A store under test, fresh and empty, with the means to reopen and to remove it. */
export interface OpenedStore {
  readonly store: Store
  /** Opens the same data again after `store` was closed; left out by stores that forget. */
  readonly reopen?: (() => Promise<Store>) | undefined
  /** Closes whatever is still open and removes the data. */
  readonly destroy: () => Promise<void>
}

/** Opens a fresh, empty store whose expiry is decided by the clock given (milliseconds since the epoch). */
export type StoreOpener = (options: { readonly clock: () => number }) => Promise<OpenedStore>

/** What one test works with. */
export interface Bench extends OpenedStore {
  /** The current time of the manual clock. */
  readonly now: () => number
  /** Moves the manual clock forward. */
  readonly advance: (milliseconds: number) => void
}

const START = 1_800_000_000_000

/** Opens a store on a manual clock, gives it to the test and removes it whatever the test does. */
export async function withStore(open: StoreOpener, run: (bench: Bench) => Promise<void>): Promise<void> {
  let now = START
  const clock = (): number => now
  const opened = await open({ clock })
  const advance = (milliseconds: number): void => {
    now += milliseconds
  }
  try {
    await run({ ...opened, now: clock, advance })
  } finally {
    await opened.destroy()
  }
}

/** A commit from its parts. */
export function commitOf(id: string, writes: readonly Write[], entries: readonly Entry[] = []): Commit {
  return { id, writes, entries }
}

/** A put that expects no record. */
export function create(key: Key, value: Json, rest: { expiresAt?: number; atExpiry?: 'drop' | 'keep' } = {}): Write {
  return { op: 'put', key, value, expect: null, ...rest }
}

/** A put that expects a version. */
export function replace(key: Key, value: Json, expect: string): Write {
  return { op: 'put', key, value, expect }
}

/** An add of one to a counter that stays for a minute after the start. */
export function addOne(key: Key, max: number): Write {
  return { op: 'add', key, by: 1, max, expiresAt: START + 60_000 }
}

/** A drop of the entries below an index from a log that begins at another. */
export function drop(expect: number, below: number): Write {
  return { op: 'drop', below, expect }
}

/** An entry whose bytes are its id. */
export function entryOf(id: string, tags: Partial<Record<Tag, string>> = {}, at: number = START): Entry {
  return { id, at, bytes: new TextEncoder().encode(`body of ${id}`), tags }
}

/** What `count` parallel tries of the same work resolve to. */
export async function race<T>(count: number, work: (turn: number) => Promise<T>): Promise<T[]> {
  return await Promise.all(Array.from({ length: count }, (_, turn) => work(turn)))
}
