/**
 * The numbered points of a process: every call of a thread that writes (`write`), reads (`read`) or tidies up in the quiet
 * between batches (`quiet`), counted from 1 in each of these groups by itself. Thread 0 is the main thread.
 */
export interface Point {
  readonly thread: number
  readonly group: Group
  readonly number: number
}

/** What a call at a point does. */
export type Group = 'write' | 'read' | 'quiet'

/** The call that closes a database: SQLite reports no errors there. */
export const CLOSING = 'close database'

/** What happens at a point; `full` goes on failing from there, as a full disk does. */
export type Action = 'kill-before' | 'kill-after' | 'error-before' | 'error-after' | 'full'

/** What the failing disk says: `io` is EIO or SQLITE_IOERR, `full` is ENOSPC or SQLITE_FULL. */
export type Trouble = 'io' | 'full'

/** One thing to happen in one run. */
export interface Fault extends Point {
  readonly action: Action
  readonly trouble?: Trouble
}

/** The variable of the environment that names the fault of a process, for all its threads. */
export const FAULT_VARIABLE = 'SALLYPORT_TEST_FAULT'

/** The variable that names the file to which a process without a fault writes its points. */
export const TRACE_VARIABLE = 'SALLYPORT_TEST_TRACE'

/** A point, and what the call at it is. */
export interface TracedPoint extends Point {
  readonly label: string
}

/** Formats a point as one line. */
export function formatPoint({ thread, group, number, label }: TracedPoint): string {
  return `${thread} ${group} ${number} ${label}`
}

/** Reads what `formatPoint` made. */
export function parsePoint(line: string): TracedPoint {
  const [thread, group, number, ...label] = line.split(' ')
  if (!isOneOf(group, GROUPS)) throw new Error(`No point: ${line}`)
  return { thread: Number(thread), group, number: Number(number), label: label.join(' ') }
}

/** Formats a fault as one word. */
export function formatFault({ thread, group, number, action, trouble = 'io' }: Fault): string {
  return `${thread}/${group}/${number}/${action}/${trouble}`
}

/** Reads what `formatFault` made. */
export function parseFault(text: string): Fault {
  const [thread, group, number, action, trouble] = text.split('/')
  if (!isOneOf(group, GROUPS) || !isOneOf(action, ACTIONS) || !isOneOf(trouble, TROUBLES))
    throw new Error(`No fault: ${text}`)
  return { thread: Number(thread), group, number: Number(number), action, trouble }
}

const GROUPS: readonly Group[] = ['write', 'read', 'quiet']
const ACTIONS: readonly Action[] = ['kill-before', 'kill-after', 'error-before', 'error-after', 'full']
const TROUBLES: readonly Trouble[] = ['io', 'full']

function isOneOf<T extends string>(text: string | undefined, words: readonly T[]): text is T {
  return words.some((word) => word === text)
}
