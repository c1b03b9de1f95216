import { hostname as systemHostname } from 'node:os'
import { connect as connectTcp, isIP, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'

import winston from 'winston'

import { AuditWinstonError } from './errors.ts'
import { EVENT } from './event-info.ts'
import { nearestKey } from './nearest-key.ts'
import { syslogFrame } from './syslog-message.ts'
import type { SyslogSender } from './syslog-message.ts'

/** Where `syslogTransport` sends to, and as whom. */
export interface SyslogTransportOptions {
  /** The receiver's name or address. */
  readonly host: string
  /** The receiver's port, 1 to 65,535: usually 6514 with TLS, 514 without. */
  readonly port: number
  /**
   * TLS with the certificate verified, by the system's authorities unless `ca` is given; `key` and `cert` (PEM) identify
   * the sender where the receiver asks for that. `false` sends everything in the clear.
   */
  readonly tls: false | SyslogTls
  /** The sender's name in the messages, 1 to 48 printable characters without spaces: `sallyport` unless set. */
  readonly appName?: string | undefined
  /** The sender's host in the messages: the system's host name unless set. */
  readonly hostname?: string | undefined
  /** The facility, 0 to 23: 13, "log audit", unless set. */
  readonly facility?: number | undefined
  /** The gravest level that is left out, as for every winston transport; the logger's unless set. */
  readonly level?: string | undefined
  /** The transport's own format; the logger's unless set. */
  readonly format?: winston.Logform.Format | undefined
}

/** How the receiver is recognised, and the sender identified. */
export interface SyslogTls {
  readonly ca?: string | undefined
  readonly key?: string | undefined
  readonly cert?: string | undefined
  /** The name that the receiver's certificate must have; `host` unless set. */
  readonly servername?: string | undefined
}

const KEYS = ['host', 'port', 'tls', 'appName', 'hostname', 'facility', 'level', 'format']
const TLS_KEYS = ['ca', 'key', 'cert', 'servername']
const MESSAGE = Symbol.for('message')
const LEVEL = Symbol.for('level')

/**
 * Makes a winston transport that sends RFC 5424 messages over one connection of TLS (RFC 5425) or TCP (RFC 6587).
 *
 * It calls back when the operating system has taken a message, and finishes when the receiver has closed the connection
 * after all of them: with `acknowledge: 'flushed'`, a batch counts as delivered only when the receiver's process has read it.
 * What a receiver loses after reading no sender can know: syslog has no acknowledgement.
 * A connection that breaks is an error and stays broken, so it is for the function that makes loggers for `winstonSink`,
 * which then makes another.
 *
 * @param options See `SyslogTransportOptions`.
 * @throws AuditWinstonError `ERR_AUDIT_WINSTON_OPTIONS`
 * @see RFC 5424 §6, RFC 5425 §4.3 and §4.4, RFC 6587 §3.4.1
 */
export function syslogTransport(options: SyslogTransportOptions): winston.transport {
  checkOptions(options)
  const { appName = 'sallyport', hostname = systemHostname(), facility = 13 } = options
  return new SyslogTransport(options, { appName, hostname, facility, processId: String(process.pid) })
}

// What every transport inherits from, winston's types do not name; its Stream transport they do.
class SyslogTransport extends winston.transports.Stream {
  readonly #sender: SyslogSender
  readonly #socket: Socket
  #isEnding = false
  #broken: Error | undefined

  constructor(options: SyslogTransportOptions, sender: SyslogSender) {
    const { level, format } = options
    const socket = connect(options)
    super({ stream: socket, ...(level === undefined ? {} : { level }), ...(format === undefined ? {} : { format }) })
    this.#sender = sender
    this.#socket = socket
    this.#socket.on('error', (error) => this.#break(error))
    this.#socket.on('close', () => {
      if (!this.#isEnding) this.#break(new Error('The syslog receiver closed the connection.'))
    })
    this.#socket.on('end', () => {
      if (!this.#socket.writableFinished) this.#break(new Error('The syslog receiver closed before it had read all.'))
    })
    // A receiver has nothing to say; that it closes is heard only by whoever reads.
    this.#socket.resume()
  }

  override log(info: object, done: (error?: Error) => void): void {
    if (this.#broken !== undefined) return done(this.#broken)
    const { [MESSAGE]: text = '', [LEVEL]: level, [EVENT]: event } = Object(info)
    const line = { text: String(text), level: String(level), at: new Date().toISOString(), event }
    this.#socket.write(syslogFrame(this.#sender, line), (error) => {
      done(error ?? undefined)
      if (!error) this.emit('logged', info)
    })
  }

  override _final(done: (error?: Error) => void): void {
    this.#isEnding = true
    if (this.#socket.destroyed) return done(this.#broken)
    this.#socket.once('close', () => done(this.#broken))
    this.#socket.end()
  }

  override close(): void {
    this.#isEnding = true
    this.#socket.destroy()
  }

  #break(error: Error): void {
    if (this.#broken !== undefined) return
    this.#broken = error
    if (!this.#isEnding) this.emit('error', error)
  }
}

function connect({ host, port, tls }: SyslogTransportOptions): Socket {
  if (tls === false) return connectTcp({ host, port, keepAlive: true })
  const { servername = host, ...identity } = tls
  // RFC 6066 has no addresses as names; the certificate is then judged by the address itself.
  const name = isIP(servername) === 0 ? { servername } : {}
  return connectTls({ host, port, ...identity, ...name, minVersion: 'TLSv1.2', rejectUnauthorized: true })
}

function checkOptions(options: SyslogTransportOptions): void {
  checkKeys(options, KEYS)
  const { host, port, tls, appName = 'x', facility = 13 } = options
  demand(typeof host === 'string' && host !== '', 'The option host of syslogTransport names the receiver.')
  demand(isWhole(port, 1, 65_535), 'The option port of syslogTransport is a whole number from 1 to 65535.')
  demand(
    tls === false || typeof tls === 'object',
    'The option tls of syslogTransport is an object, {} at least, or false.',
  )
  if (tls !== false) checkKeys(tls, TLS_KEYS)
  demand(/^[!-~]{1,48}$/.test(appName), 'The option appName of syslogTransport has 1 to 48 printable characters.')
  demand(isWhole(facility, 0, 23), 'The option facility of syslogTransport is a whole number from 0 to 23.')
}

function checkKeys(options: unknown, known: readonly string[]): void {
  if (typeof options !== 'object' || options === null) throw misuse('The options of syslogTransport are an object.')
  for (const key of Object.keys(options)) {
    const near = nearestKey(key, known)
    const hint = near === undefined ? '' : `; did you mean "${near}"?`
    demand(known.includes(key), `syslogTransport has no option "${key}"${hint}.`)
  }
}

function isWhole(value: number, least: number, most: number): boolean {
  return Number.isSafeInteger(value) && value >= least && value <= most
}

function demand(holds: boolean, message: string): void {
  if (!holds) throw misuse(message)
}

function misuse(message: string): AuditWinstonError {
  return new AuditWinstonError('ERR_AUDIT_WINSTON_OPTIONS', message)
}
