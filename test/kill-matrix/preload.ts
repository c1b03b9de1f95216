/**
 * Loaded before everything else into every thread of a process (by NODE_OPTIONS, which worker threads obey, too): numbers
 * the calls below the store, and lets one of them kill the process or fail.
 */
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { DatabaseSync } from 'node:sqlite'
import { threadId } from 'node:worker_threads'
import { CLOSING, FAULT_VARIABLE, formatPoint, parseFault, TRACE_VARIABLE, type Fault, type Group } from './point.ts'

/** Any function that is wrapped here: nothing is known of it but that it is called. */
type Call = (this: unknown, ...args: readonly unknown[]) => unknown

/** What a call is: the group that it counts in, or none when it is no point, and its name for the trace. */
type Classify = (
  target: unknown,
  args: readonly unknown[],
) => { readonly group: Group; readonly label: string } | undefined

const STANDARD_STREAMS = 2
const A_SECOND_MS = 1_000
const PATIENCE = 100
const [FULL, IO_ERROR_WRITE, IO_ERROR_FSYNC] = [13, 778, 1_034]
const STATEMENTS = ['run', 'get', 'all', 'iterate'] as const
const FILE_WRITES = [
  'appendFile',
  'copyFile',
  'link',
  'mkdir',
  'rename',
  'rm',
  'rmdir',
  'truncate',
  'unlink',
  'writeFile',
]
const HANDLE_WRITES = ['appendFile', 'datasync', 'sync', 'truncate', 'write', 'writeFile']

const described = process.env[FAULT_VARIABLE]
const fault: Fault | undefined = described === undefined ? undefined : parseFault(described)
const traceFile = process.env[TRACE_VARIABLE]
const trace = traceFile === undefined ? undefined : fs.openSync(traceFile, 'a')
const { writeSync } = fs
const counts: Record<Group, number> = { write: 0, read: 0, quiet: 0 }
const sqlOf = new WeakMap<object, string>()
// Between these two pragmas the worker tidies up, at moments that nobody can foresee.
let isTidying = false
let depth = 0
let handlePrototype: object | undefined
// Whose functions give promises.
const ASYNC = new Set<object>([fs.promises])

/** Counts a call; gives what is to happen at it. */
function arrive(group: Group, label: string): Fault | undefined {
  const number = ++counts[group]
  if (trace !== undefined) writeSync(trace, `${formatPoint({ thread: threadId, group, number, label })}\n`)
  if (fault === undefined || fault.thread !== threadId || fault.group !== group) return undefined
  if (label === CLOSING && !fault.action.startsWith('kill')) return undefined
  return number === fault.number || (fault.action === 'full' && number > fault.number) ? fault : undefined
}

function kill(): never {
  process.kill(process.pid, 'SIGKILL')
  // The signal is on its way, and nothing more may be done or said.
  for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
}

function failure(target: unknown, label: string): Error {
  const isFull = fault?.trouble === 'full'
  if (target instanceof DatabaseSync || (typeof target === 'object' && target !== null && sqlOf.has(target))) {
    // SQLite reports a failed write before a transaction is complete, and only a failed sync after it.
    const errcode = fault?.action === 'error-after' ? IO_ERROR_FSYNC : isFull ? FULL : IO_ERROR_WRITE
    const errstr = errcode === FULL ? 'database or disk is full' : 'disk I/O error'
    return Object.assign(new Error(errstr), { code: 'ERR_SQLITE_ERROR', errcode, errstr })
  }
  const [code, errno] = isFull ? ['ENOSPC', -28] : ['EIO', -5]
  return Object.assign(new Error(`${code}: ${label}`), { code, errno, syscall: label })
}

function before(due: Fault | undefined, error: Error): void {
  if (due?.action === 'kill-before') kill()
  if (due?.action === 'error-before' || due?.action === 'full') throw error
}

function after(due: Fault | undefined, error: Error, result: unknown): void {
  if (due?.action === 'kill-after') kill()
  if (due?.action !== 'error-after') return
  // Nobody can close a file that could not be opened.
  const close: unknown = isHandle(result) ? Reflect.get(result, 'close') : undefined
  if (isCall(close)) void Reflect.apply(close, result, [])
  throw error
}

function wrap(owner: object, name: string, classify: Classify): void {
  const original: unknown = Reflect.get(owner, name)
  const isAsync = ASYNC.has(owner)
  if (!isCall(original)) throw new Error(`There is no ${name} to be wrapped.`)
  const wrapped = function (this: unknown, ...args: readonly unknown[]): unknown {
    const point = depth > 0 ? undefined : classify(this, args)
    if (point === undefined) return Reflect.apply(original, this, args)
    const due = arrive(point.group, point.label)
    const error = failure(this, point.label)
    if (isAsync) return callLater({ due, error, run: async () => Reflect.apply(original, this, args) })
    before(due, error)
    const result = callNow(due, () => Reflect.apply(original, this, args))
    after(due, error, result)
    return result
  }
  Object.defineProperty(owner, name, { value: wrapped, writable: true, configurable: true, enumerable: true })
}

// What a function of the system calls in turn is no point of its own.
function callNow(due: Fault | undefined, run: () => unknown): unknown {
  depth++
  try {
    return run()
  } catch (error) {
    // A call that fails by itself has an end, too.
    if (due?.action === 'kill-after') kill()
    throw error
  } finally {
    depth--
  }
}

async function callLater(parts: {
  readonly due: Fault | undefined
  readonly error: Error
  readonly run: () => Promise<unknown>
}): Promise<unknown> {
  before(parts.due, parts.error)
  const result = await parts.run().catch((error: unknown) => {
    if (parts.due?.action === 'kill-after') kill()
    throw error
  })
  after(parts.due, parts.error, result)
  return result
}

function isHandle(value: unknown): value is object {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === handlePrototype
}

function isCall(value: unknown): value is Call {
  return typeof value === 'function'
}

function classifyExec(_target: unknown, [sql]: readonly unknown[]): ReturnType<Classify> {
  const text = String(sql).trim()
  const label = `exec ${text.slice(0, 40).replaceAll(/\s+/g, ' ')}`
  if (threadId === 0) return { group: text.includes('EXCLUSIVE') ? 'write' : 'read', label }
  if (text === 'PRAGMA synchronous = NORMAL') isTidying = true
  const group = isTidying || text.includes('(PASSIVE)') ? 'quiet' : 'write'
  if (text === 'PRAGMA synchronous = FULL') isTidying = false
  return { group, label }
}

function classifyStatement(method: string): Classify {
  return (target) => {
    const sql = (typeof target === 'object' && target !== null && sqlOf.get(target)) || '?'
    const label = `${method} ${sql.trim().slice(0, 40).replaceAll(/\s+/g, ' ')}`
    // Asked after every batch, at a moment that nobody can foresee.
    if (sql.startsWith('SELECT 1 FROM records WHERE keep = 0')) return { group: 'quiet', label }
    if (isTidying) return { group: 'quiet', label }
    return { group: method === 'run' || /journal_mode|wal_checkpoint/.test(sql) ? 'write' : 'read', label }
  }
}

function wrapDatabase(): void {
  const database = DatabaseSync.prototype
  const prepare: unknown = Reflect.get(database, 'prepare')
  if (!isCall(prepare)) throw new Error('There is no prepare to be wrapped.')
  Object.defineProperty(database, 'prepare', {
    value: function prepareNamed(this: DatabaseSync, sql: string): unknown {
      const statement = Reflect.apply(prepare, this, [sql])
      if (typeof statement === 'object' && statement !== null) sqlOf.set(statement, sql)
      return statement
    },
    writable: true,
    configurable: true,
  })
  wrap(database, 'exec', classifyExec)
  wrap(database, 'close', () => ({ group: threadId === 0 ? 'read' : 'write', label: CLOSING }))
  const sample = new DatabaseSync(':memory:')
  const statements: object = Object.getPrototypeOf(Reflect.apply(prepare, sample, ['SELECT 1']))
  for (const method of STATEMENTS) wrap(statements, method, classifyStatement(method))
}

function classifyFile(label: string): Classify {
  return () => ({ group: 'write', label })
}

function classifyOpen(_target: unknown, [, flags]: readonly unknown[]): ReturnType<Classify> {
  return typeof flags === 'string' && /[wa+]/.test(flags) ? { group: 'write', label: `open ${flags}` } : undefined
}

// What is said to the parent is no write of the ledger's.
function classifyDescriptor(label: string): Classify {
  return (_target, [descriptor]) => (Number(descriptor) > STANDARD_STREAMS ? { group: 'write', label } : undefined)
}

async function wrapFiles(): Promise<void> {
  const handle = await fs.promises.open(import.meta.filename, 'r')
  const handles: object = Object.getPrototypeOf(handle)
  handlePrototype = handles
  await handle.close()
  ASYNC.add(handles)
  for (const name of HANDLE_WRITES) wrap(handles, name, classifyFile(`handle.${name}`))
  wrap(handles, 'read', () => ({ group: 'read', label: 'handle.read' }))
  for (const name of FILE_WRITES) {
    wrap(fs.promises, name, classifyFile(name))
    wrap(fs, `${name}Sync`, classifyFile(`${name}Sync`))
  }
  wrap(fs.promises, 'open', classifyOpen)
  wrap(fs, 'openSync', classifyOpen)
  for (const name of ['writeSync', 'fsyncSync', 'fdatasyncSync', 'ftruncateSync'])
    wrap(fs, name, classifyDescriptor(name))
}

/** Has what the ledger does every second wait until the work is done, however slow the machine is. */
function stretchSeconds(): void {
  const { setTimeout: start } = globalThis
  const patient: Call = (work, ms, ...rest) =>
    Reflect.apply(start, globalThis, [work, ms === A_SECOND_MS ? Number(ms) * PATIENCE : ms, ...rest])
  Object.assign(globalThis, { setTimeout: patient })
}

stretchSeconds()
await wrapFiles()
syncBuiltinESMExports()
wrapDatabase()
