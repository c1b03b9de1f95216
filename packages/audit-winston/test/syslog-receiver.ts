import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { createServer as createTlsServer } from 'node:tls'

import type { Identity } from './self-signed.ts'

/** What takes syslog messages on loopback. */
export interface SyslogReceiver {
  readonly port: number
  /** The messages so far, without the syslog header. */
  readonly messages: () => readonly string[]
  readonly stop: () => Promise<void>
}

/** How a receiver is started. */
export interface SyslogReceiverOptions {
  /** A folder that goes when the test goes. */
  readonly folder: string
  /** TLS with this identity; plain TCP if not given. */
  readonly identity?: Identity | undefined
  /** Whether to cut a connection, by its number from 0, at the first bytes that it brings, as a receiver does that dies. */
  readonly cuts?: ((connection: number) => boolean) | undefined
}

// RFC 5424: <priority>1 time host app process message-id structured-data message.
const HEADER = /^<\d{1,3}>1 \S+ \S+ \S+ \S+ \S+ (?:-|\[[^\]]*\]) ?/
const BINARIES = ['/usr/sbin/rsyslogd', '/usr/local/sbin/rsyslogd']
const DRIVERS = [
  '/usr/lib/x86_64-linux-gnu/rsyslog',
  '/usr/lib/aarch64-linux-gnu/rsyslog',
  '/usr/lib/rsyslog',
  '/usr/lib64/rsyslog',
]

/** Starts a receiver of our own: messages that end in a line feed, or that begin with their length (RFC 6587 §3.4). */
export async function startOwnReceiver({
  identity,
  cuts,
}: Partial<SyslogReceiverOptions> = {}): Promise<SyslogReceiver> {
  const messages: string[] = []
  const sockets = new Set<Socket>()
  const listen = (socket: Socket): void => {
    const isCut = cuts?.(sockets.size) === true
    sockets.add(socket)
    let waiting = ''
    socket.setEncoding('utf8')
    socket.on('error', () => undefined)
    socket.on('data', (data) => {
      if (isCut) return void socket.resetAndDestroy()
      const { frames, rest } = takeFrames(waiting + String(data))
      waiting = rest
      messages.push(...frames.map((frame) => frame.replace(HEADER, '')))
    })
  }
  const server: Server = identity === undefined ? createServer(listen) : createTlsServer({ ...identity }, listen)
  server.on('tlsClientError', () => undefined)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port }: Pick<AddressInfo, 'port'> = Object(server.address())
  return {
    port,
    messages: () => messages,
    async stop(): Promise<void> {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

function takeFrames(text: string): { readonly frames: readonly string[]; readonly rest: string } {
  const frames: string[] = []
  let rest = text
  while (true) {
    const counted = /^(\d{1,6}) /.exec(rest)
    const start = counted?.[0].length ?? 0
    const end = counted === null ? rest.indexOf('\n') : start + Number(counted[1])
    if (end < 0 || end > rest.length) return { frames, rest }
    frames.push(rest.slice(start, end))
    rest = rest.slice(counted === null ? end + 1 : end)
  }
}

/** Finds rsyslogd with what it needs for TLS, where it is installed. */
export function findRsyslog(): string | undefined {
  const binary = BINARIES.find((path) => existsSync(path))
  const hasTls = DRIVERS.some((folder) => existsSync(join(folder, 'lmnsd_gtls.so')))
  return binary !== undefined && hasTls && spawnSync(binary, ['-v']).status === 0 ? binary : undefined
}

/** Starts rsyslogd with a configuration of its own; it writes what it takes into a file of the folder. */
export async function startRsyslog(
  binary: string,
  { folder, identity }: SyslogReceiverOptions,
): Promise<SyslogReceiver> {
  const [config, output, portFile] = ['rsyslog.conf', 'received', 'port'].map((name) => join(folder, name))
  writeFileSync(config ?? '', configuration(folder, { identity, output: output ?? '', portFile: portFile ?? '' }))
  const child = spawn(binary, ['-n', '-f', config ?? '', '-i', join(folder, 'pid')], { stdio: 'ignore' })
  const port = await readPort(portFile ?? '')
  return {
    port,
    messages: () =>
      existsSync(output ?? '')
        ? readFileSync(output ?? '', 'utf8')
            .split('\n')
            .filter(Boolean)
        : [],
    async stop(): Promise<void> {
      const ended = once(child, 'exit')
      child.kill('SIGTERM')
      await ended
    },
  }
}

async function readPort(path: string): Promise<number> {
  for (let looks = 0; looks < 500; looks++) {
    const port = existsSync(path) ? Number(readFileSync(path, 'utf8')) : 0
    if (port > 0) return port
    await pause(10)
  }
  throw new Error('rsyslogd did not begin to listen.')
}

function configuration(
  folder: string,
  {
    identity,
    output,
    portFile,
  }: { readonly identity: Identity | undefined; readonly output: string; readonly portFile: string },
): string {
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
  if (identity !== undefined) {
    writeFileSync(key, identity.key, { mode: 0o600 })
    writeFileSync(cert, identity.cert)
  }
  const tls = `StreamDriver.Name="gtls" StreamDriver.Mode="1" StreamDriver.AuthMode="anon"`
  return [
    `global(workDirectory="${folder}" maxMessageSize="64k" parser.escapeControlCharactersOnReceive="on"`,
    identity === undefined
      ? ')'
      : ` defaultNetstreamDriverCAFile="${cert}" defaultNetstreamDriverCertFile="${cert}" defaultNetstreamDriverKeyFile="${key}")`,
    `module(load="imtcp" ${identity === undefined ? '' : tls})`,
    'template(name="message" type="string" string="%msg%\\n")',
    'ruleset(name="all") {',
    `  action(type="omfile" file="${output}" template="message" asyncWriting="off" flushOnTXEnd="on")`,
    '}',
    `input(type="imtcp" port="0" address="127.0.0.1" listenPortFileName="${portFile}" ruleset="all")`,
    '',
  ].join('\n')
}
