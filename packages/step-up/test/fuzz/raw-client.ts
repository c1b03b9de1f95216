import { connect, type Socket } from 'node:net'

/** A request as it goes over the wire: nothing is checked, escaped or put right. */
export interface RawRequest {
  readonly method: string
  readonly target: string
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body?: string | Uint8Array
  /** Hangs up after it: where its end is unclear, nobody can tell what the next bytes belong to. */
  readonly isLast?: boolean
}

/** An answer as it came. */
export interface RawReply {
  readonly status: number
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly text: string
}

interface Waiting {
  readonly resolve: (reply: RawReply | 'closed') => void
  readonly reject: (error: Error) => void
  readonly isHead: boolean
}

const WATCHDOG_MS = 20_000

/** Speaks HTTP/1.1 over one connection that it keeps, one request after the other. */
export class RawClient {
  readonly #port: number
  #socket: Socket | undefined
  #received: Buffer = Buffer.alloc(0)
  #waiting: Waiting | undefined

  constructor(port: number) {
    this.#port = port
  }

  /**
   * Sends a request and waits for its answer.
   *
   * @returns The answer, or `closed` when the server hung up without one.
   * @throws Error when nothing comes at all.
   */
  async send({ method, target, headers, body, isLast }: RawRequest): Promise<RawReply | 'closed'> {
    const socket = this.#socket ?? this.#open()
    const lines = [`${method} ${target} HTTP/1.1`, ...headers.map(([name, value]) => `${name}: ${value}`), '', '']
    const content = typeof body === 'string' ? new TextEncoder().encode(body) : (body ?? new Uint8Array())
    const timer = setTimeout(() => this.#fail(new Error(`RawClient: no answer to ${method} ${target}`)), WATCHDOG_MS)
    try {
      return await new Promise((resolve, reject) => {
        this.#waiting = { resolve, reject, isHead: method === 'HEAD' }
        socket.write(Buffer.concat([new Uint8Array(Buffer.from(lines.join('\r\n'))), content]))
      })
    } finally {
      clearTimeout(timer)
      if (isLast === true) this.close()
    }
  }

  /** Hangs up; the next request has a connection of its own. */
  close(): void {
    this.#socket?.destroy()
    this.#socket = undefined
    this.#received = Buffer.alloc(0)
  }

  #open(): Socket {
    this.#received = Buffer.alloc(0)
    const socket = connect(this.#port, '127.0.0.1')
    socket.setNoDelay(true)
    socket.on('data', (chunk: Buffer) => {
      this.#received = Buffer.concat([this.#received, chunk])
      this.#read(false)
    })
    // What the server says before it hangs up counts.
    socket.on('error', () => undefined)
    socket.on('close', () => {
      if (this.#socket !== socket) return
      this.#socket = undefined
      this.#read(true)
    })
    this.#socket = socket
    return socket
  }

  #fail(error: Error): void {
    const waiting = this.#waiting
    this.close()
    this.#waiting = undefined
    waiting?.reject(error)
  }

  #read(isOver: boolean): void {
    const waiting = this.#waiting
    if (waiting === undefined) return
    const found = parseReply(this.#received, waiting.isHead, isOver)
    if (found === undefined && !isOver) return

    this.#waiting = undefined
    // More than one answer: the request was none, or more than one. Nobody can tell what the next bytes belong to.
    const hangsUp = found?.reply.headers.some(([name, value]) => name === 'connection' && value === 'close') ?? true
    if (hangsUp || (found?.end ?? 0) < this.#received.length) this.close()
    this.#received = Buffer.alloc(0)
    waiting.resolve(found?.reply ?? 'closed')
  }
}

function parseReply(
  bytes: Buffer,
  isHead: boolean,
  isOver: boolean,
): { readonly reply: RawReply; readonly end: number } | undefined {
  const headEnd = bytes.indexOf('\r\n\r\n')
  if (headEnd < 0) return undefined

  const [first = '', ...lines] = bytes.toString('latin1', 0, headEnd).split('\r\n')
  const status = Number(first.split(' ', 2)[1])
  const start = headEnd + 4
  if (status < 200) {
    const next = parseReply(bytes.subarray(start), isHead, isOver)
    return next && { reply: next.reply, end: next.end + start }
  }
  const headers = lines.map((line): [string, string] => {
    const colon = line.indexOf(':')
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]
  })
  const body =
    isHead || status === 204 || status === 304 ? emptyBody(start) : readBody(bytes, start, { headers, isOver })
  return body && { reply: { status, headers, text: body.text }, end: body.end }
}

interface Body {
  readonly text: string
  readonly end: number
}

function emptyBody(end: number): Body {
  return { text: '', end }
}

function readBody(
  bytes: Buffer,
  start: number,
  { headers, isOver }: { readonly headers: RawReply['headers']; readonly isOver: boolean },
): Body | undefined {
  const named = (name: string): string | undefined => headers.find(([each]) => each === name)?.[1]
  if (named('transfer-encoding') === 'chunked') return readChunks(bytes, start)

  const length = named('content-length')
  const end = length === undefined ? (isOver ? bytes.length : undefined) : start + Number(length)
  if (end === undefined || end > bytes.length) return undefined
  return { text: bytes.toString('utf8', start, end), end }
}

function readChunks(bytes: Buffer, start: number): Body | undefined {
  let text = ''
  for (let at = start; ;) {
    const line = bytes.indexOf('\r\n', at)
    if (line < 0) return undefined
    const size = Number.parseInt(bytes.toString('latin1', at, line), 16)
    const end = line + 2 + size
    if (end + 2 > bytes.length) return undefined
    text += bytes.toString('utf8', line + 2, end)
    at = end + 2
    if (size === 0) return { text, end: at }
  }
}
