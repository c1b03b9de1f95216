import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openAudit, type Audit, type EventInput } from '@sallyport/audit'
import { createKeyFile, openKeyring } from '@sallyport/keyring'
import { openSqlite } from '@sallyport/sqlite'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

// What GUIDE.md says of floods in the package audit.
const MAX_ENTRY_BYTES = 6_144
const MAX_DISK_BYTES = 8_192
const WHOLE = 5
const SOURCES = 50
const FAILURES_OF_EACH = 40

// Everything that a client sends and the request context lets through, as long as it may be and as costly as it can be.
const TEXT = '\u20AC'.repeat(512)
const WIDE = 'w'.repeat(200)

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sallyport-flood-'))
})
afterEach(async () => await rm(folder, { recursive: true, force: true }))

describe('a failure of somebody whom nobody knows', () => {
  test('LOG-09 costs no more on disk than the documentation says, however many there are of one source', async () => {
    const empty = await bytesOf('empty', async () => undefined)
    const flooded = await bytesOf('flooded', async (audit) => {
      for (let turn = 0; turn < FAILURES_OF_EACH; turn++) {
        await Promise.all(
          Array.from({ length: SOURCES }, async (_, source) => await audit.emit('access.denied', failure(source))),
        )
      }
    })

    const entries = flooded.entries - empty.entries
    expect(entries).toBe(SOURCES * (WHOLE + 2))
    expect(flooded.largest).toBeLessThanOrEqual(MAX_ENTRY_BYTES)
    expect(flooded.largest).toBeGreaterThan(MAX_ENTRY_BYTES / 2)
    expect((flooded.bytes - empty.bytes) / entries).toBeLessThanOrEqual(MAX_DISK_BYTES)
    expect((flooded.bytes - empty.bytes) / entries).toBeGreaterThan(MAX_DISK_BYTES / 2)
  })
})

describe('GUIDE.md', () => {
  test('names the bytes that are held here', async () => {
    const guide = await readFile(join(import.meta.dirname, '..', 'packages', 'audit', 'GUIDE.md'), 'utf8')

    expect(guide).toContain(
      `| an entry of somebody whom nobody knows | ${MAX_ENTRY_BYTES.toLocaleString('en')} bytes |`,
    )
    expect(guide).toContain(`| the same on the disk, all told | ${MAX_DISK_BYTES.toLocaleString('en')} bytes |`)
  })
})

interface Cost {
  /** Of the database and the keys of persons, as they lie on the disk when everything is closed. */
  readonly bytes: number
  readonly entries: number
  readonly largest: number
}

async function bytesOf(name: string, fill: (audit: Audit) => Promise<void>): Promise<Cost> {
  const path = (what: string): string => join(folder, `${name}-${what}`)
  await createKeyFile(path('keys.json'))
  const keyring = await openKeyring(path('keys.json'))
  const [store, subjects] = [
    await openSqlite({ path: path('log.db') }),
    await openSqlite({ path: path('subjects.db') }),
  ]
  const audit = await openAudit({ store, subjects, keyring, origin: 'flood.example/ledger', app: 'a'.repeat(64) })
  await fill(audit)
  await audit.close()
  const log = await store.read(0, 4_096)
  await Promise.all([store.close(), subjects.close()])
  const sizes = await Promise.all([path('log.db'), path('subjects.db')].map(async (file) => (await stat(file)).size))
  return {
    bytes: sizes.reduce((sum, size) => sum + size, 0),
    entries: log.length,
    largest: Math.max(...log.map(({ bytes }) => bytes.length)),
  }
}

function failure(source: number): EventInput<'access.denied'> {
  return {
    context: {
      requestId: '019b76da-a800-7000-8000-000000000001',
      trace: { id: 'a'.repeat(32), span: 'b'.repeat(16) },
      net: { ip: `2001:db8:${source.toString(16)}:ffff:ffff:ffff:ffff:ffff`, hops: 16 },
      device: {
        id: 'd'.repeat(64),
        known: true,
        browser: WIDE,
        os: WIDE,
        type: 'desktop',
        userAgent: TEXT,
        hints: TEXT,
      },
      place: { country: 'DE', region: 'r'.repeat(64), asn: 4_294_967_295 },
    },
    target: { route: WIDE, method: 'OPTIONS' },
    outcome: 'failure',
    reason: 'login_required',
    data: { requirement: WIDE },
  }
}
