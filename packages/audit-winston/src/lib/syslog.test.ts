import { mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import type { LedgerEvent } from '@sallyport/audit'
import { afterEach, describe, expect, test } from 'vitest'
import winston from 'winston'

import { forwardAll, withLedger } from '../../test/ledger.ts'
import { makeIdentity } from '../../test/self-signed.ts'
import { findRsyslog, startOwnReceiver, startRsyslog } from '../../test/syslog-receiver.ts'
import type { SyslogReceiver } from '../../test/syslog-receiver.ts'
import type { WinstonSinkOptions } from './options.ts'
import { syslogFrame } from './syslog-message.ts'
import { syslogTransport } from './syslog-transport.ts'
import { winstonSink } from './winston-sink.ts'

const { Syslog }: { readonly Syslog: new (options: object) => winston.transport } = createRequire(import.meta.url)(
  'winston-syslog',
)

const RSYSLOG = findRsyslog()
const NOBODY: SyslogReceiver = { port: 1, messages: () => [], stop: async () => undefined }
const EVENT: LedgerEvent = {
  v: 1,
  id: 'e1',
  type: 'access.allowed',
  at: '2026-01-01T00:00:00.000Z',
  writer: { id: 'w', boot: 'b', seq: 1 },
  data: {},
  index: 0,
}
const folders: string[] = []

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
})

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'audit-syslog-'))
  folders.push(folder)
  return folder
}

type Make = (receiver: SyslogReceiver) => winston.transport

/** Forwards a ledger to a receiver and says which ids are in it and which arrived. */
async function forwardTo(
  receiver: SyslogReceiver,
  make: Make,
  options: WinstonSinkOptions = {},
): Promise<[ReadonlySet<string>, ReadonlySet<string>]> {
  let ids: readonly string[] = []
  await withLedger(async (world) => {
    const open = (): winston.Logger =>
      winston.createLogger({
        levels: winston.config.syslog.levels,
        format: winston.format.printf(({ message }) => String(message)),
        transports: [make(receiver)],
      })
    ids = await forwardAll(world, winstonSink(open, { format: 'json', levels: 'syslog', ...options }))
  })
  const arrived = (): ReadonlySet<string> => new Set(receiver.messages().map((line) => String(JSON.parse(line).id)))
  await expect.poll(() => arrived().size, { timeout: 10_000 }).toBe(ids.length)
  return [new Set(ids), arrived()]
}

function thirdParty(protocol: 'tcp4' | 'tls4'): Make {
  const options = { host: '127.0.0.1', protocol, type: '5424', app_name: 'bank', eol: '\n' }
  return ({ port }) => new Syslog({ ...options, port })
}

function own(ca?: string): Make {
  return ({ port }) =>
    syslogTransport({ host: '127.0.0.1', port, tls: ca === undefined ? false : { ca }, appName: 'bank' })
}

const FLUSHED = { acknowledge: 'flushed', timeoutMs: 2_000 } as const

describe('syslogFrame', () => {
  test.each([
    ['2026-01-01T00:00:00Z other-host sshd 1 - - Accepted password for root\n<38>1 x', '-'],
    ['yesterday', '-'],
    ['2026-01-01T00:00:00.000Z', '2026-01-01T00:00:00.000Z'],
  ])('lets no time forge another field (%j)', (at, shown) => {
    const sender = { facility: 13, hostname: 'web-1', appName: 'bank', processId: '1' }
    const frame = syslogFrame(sender, { text: 'x', level: 'info', at, event: { ...EVENT, at } })

    expect(frame.toString().slice(3)).toBe(`<110>1 ${shown} web-1 bank 1 access.allowed - x`)
  })
})

describe('a receiver of our own', () => {
  test('v5.0.0-16.4.3 gets everything over TCP, by winston-syslog and by syslogTransport', async () => {
    const [one, other] = [await startOwnReceiver(), await startOwnReceiver()]
    const [ids, arrived] = await forwardTo(one, thirdParty('tcp4'))
    const [more, arrivedToo] = await forwardTo(other, own(), FLUSHED)
    await Promise.all([one.stop(), other.stop()])

    expect(arrived).toEqual(ids)
    expect(arrivedToo).toEqual(more)
  })

  test('v5.0.0-16.4.3 gets everything over TLS, by winston-syslog and by syslogTransport', async () => {
    const identity = makeIdentity()
    const [one, other] = [await startOwnReceiver({ identity }), await startOwnReceiver({ identity })]
    const [ids, arrived] = await forwardTo(one, thirdParty('tls4'))
    const [more, arrivedToo] = await forwardTo(other, own(identity.cert), FLUSHED)
    await Promise.all([one.stop(), other.stop()])

    expect(arrived).toEqual(ids)
    expect(arrivedToo).toEqual(more)
  })

  test('v5.0.0-16.4.3 gets everything by syslogTransport though it dies again and again', async () => {
    const receiver = await startOwnReceiver({ cuts: (connection) => connection < 7 && connection % 2 === 0 })
    const [ids, arrived] = await forwardTo(receiver, own(), { ...FLUSHED, batchSize: 8 })
    await receiver.stop()

    expect(arrived).toEqual(ids)
  })

  test('gets nothing by syslogTransport when nobody vouches for its certificate', async () => {
    const receiver = await startOwnReceiver({ identity: makeIdentity() })
    const other = makeIdentity()
    const transports = [own(other.cert)(receiver), own('')(receiver)]
    const errors = await Promise.all(
      transports.map(async (transport) => {
        const sink = winstonSink(() => winston.createLogger({ transports: [transport] }), FLUSHED)
        return await sink.write([EVENT]).catch((error: unknown) => Object(error).code)
      }),
    )
    await receiver.stop()

    expect(errors).toEqual(['ERR_AUDIT_WINSTON_TRANSPORT', 'ERR_AUDIT_WINSTON_TRANSPORT'])
    expect(receiver.messages()).toEqual([])
  })
})

const NOT_RUN = RSYSLOG === undefined ? ' (not installed with its TLS driver: not run)' : ''

describe.skipIf(RSYSLOG === undefined)(`rsyslog${NOT_RUN}`, () => {
  test('v5.0.0-16.4.3 gets everything over TCP, by winston-syslog and by syslogTransport', async () => {
    const receivers = [await startRsyslog(RSYSLOG ?? '', { folder: temporaryFolder() })]
    receivers.push(await startRsyslog(RSYSLOG ?? '', { folder: temporaryFolder() }))
    const [ids, arrived] = await forwardTo(receivers[0] ?? NOBODY, thirdParty('tcp4'))
    const [more, arrivedToo] = await forwardTo(receivers[1] ?? NOBODY, own(), FLUSHED)
    await Promise.all(receivers.map((receiver) => receiver.stop()))

    expect(arrived).toEqual(ids)
    expect(arrivedToo).toEqual(more)
  })

  test('v5.0.0-16.4.3 gets everything over TLS, by winston-syslog and by syslogTransport', async () => {
    const identity = makeIdentity()
    const receivers = [await startRsyslog(RSYSLOG ?? '', { folder: temporaryFolder(), identity })]
    receivers.push(await startRsyslog(RSYSLOG ?? '', { folder: temporaryFolder(), identity }))
    const [ids, arrived] = await forwardTo(receivers[0] ?? NOBODY, thirdParty('tls4'))
    const [more, arrivedToo] = await forwardTo(receivers[1] ?? NOBODY, own(identity.cert), FLUSHED)
    await Promise.all(receivers.map((receiver) => receiver.stop()))

    expect(arrived).toEqual(ids)
    expect(arrivedToo).toEqual(more)
  })
})

describe('syslogTransport', () => {
  test('writes RFC 5424, with the time and type of the event, in a frame that counts its bytes', async () => {
    const frame = syslogFrame(
      { facility: 13, hostname: 'web 1', appName: 'bank', processId: '7' },
      { text: 'größe\nforged', level: 'warning', at: 'unused', event: EVENT },
    ).toString()

    const message = '<108>1 2026-01-01T00:00:00.000Z web1 bank 7 access.allowed - größe\nforged'
    expect(frame).toBe(`${Buffer.byteLength(message)} ${message}`)
  })

  test.each([
    ['no receiver', { port: 1, tls: false }],
    ['no port', { host: 'h', tls: false }],
    ['nothing said of TLS', { host: 'h', port: 1 }],
    ['an unknown option', { host: 'h', port: 1, tls: false, protocol: 'tcp' }],
    ['verification switched off', { host: 'h', port: 1, tls: { rejectUnauthorized: false } }],
    ['a facility that is none', { host: 'h', port: 1, tls: false, facility: 24 }],
    ['a name with a space', { host: 'h', port: 1, tls: false, appName: 'my bank' }],
  ])('refuses %s', (_what, options) => {
    expect(() => Reflect.apply(syslogTransport, undefined, [options])).toThrow(
      expect.objectContaining({ code: 'ERR_AUDIT_WINSTON_OPTIONS' }),
    )
  })
})
