import { createServer } from 'node:net'
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import { verifyBank } from './bank/run-sallyport.ts'
import { freePort, runBank, startBank } from './bank/start-bank.ts'

describe('starting and stopping the bank', () => {
  let dataDir: string
  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'sallyport-start-'))
  })
  afterEach(async () => await rm(dataDir, { recursive: true, force: true }))

  test('ends with 0 after SIGTERM, everything signed', async () => {
    const bank = await startBank({ DATA_DIR: dataDir })

    const code = await bank.stop('SIGTERM')

    expect(code).toBe(0)
    expect(await verifyBank(bank)).toMatchObject({ code: 0, report: { verdict: 'good' } })
    expect(bank.output()).toContain('ledger.closed')
  })

  test('ends with 0 after SIGINT', async () => {
    const bank = await startBank({ DATA_DIR: dataDir })

    expect(await bank.stop('SIGINT')).toBe(0)
  })

  test('goes on with the same ledger after a kill', async () => {
    const first = await startBank({ DATA_DIR: dataDir })
    await first.stop('SIGKILL')
    const second = await startBank({ DATA_DIR: dataDir })
    await second.stop('SIGTERM')

    expect(await verifyBank(second)).toMatchObject({ code: 0, report: { verdict: 'good' } })
  })

  test('says in one line that a port is in use', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    const port = typeof address === 'object' && address !== null ? String(address.port) : ''

    const { code, errors } = await runBank({ DATA_DIR: dataDir, PORT: port, IDP_PORT: String(await freePort()) })
    server.close()

    expect(code).toBe(1)
    expect(linesOf(errors)).toEqual([`bank: Port ${port} is in use: set PORT to a free one.`])
  })

  test('says in one line that the data folder cannot be written', async () => {
    const path = join(dataDir, 'file')
    await writeFile(path, 'not a folder')

    const { code, errors } = await runBank({ DATA_DIR: path })

    expect(code).toBe(1)
    expect(linesOf(errors)).toEqual([
      `bank: The data folder ${path} cannot be written: set DATA_DIR to a folder that can.`,
    ])
  })

  test('says in one line that the key file is damaged', async () => {
    await writeFile(join(dataDir, 'keys.json'), '{ "v": 1, "keys": [', { mode: 0o600 })

    const { code, errors } = await runBank({ DATA_DIR: dataDir })

    expect(code).toBe(1)
    expect(linesOf(errors)).toHaveLength(1)
    expect(errors).toContain('keys.json')
  })

  test('makes no new keys for a ledger whose keys were lost, and keeps what verifies it', async () => {
    const bank = await startBank({ DATA_DIR: dataDir })
    await bank.stop('SIGTERM')
    const published = await readFile(join(dataDir, 'log.pub'), 'utf8')
    await rm(join(dataDir, 'keys.json'))

    const { code, errors } = await runBank({ DATA_DIR: dataDir })

    expect(code).toBe(1)
    expect(linesOf(errors)).toHaveLength(1)
    expect(await readFile(join(dataDir, 'log.pub'), 'utf8')).toBe(published)
  })

  test('v5.0.0-13.3.2 says in one line that others can read the key file', async () => {
    const bank = await startBank({ DATA_DIR: dataDir })
    await bank.stop('SIGTERM')
    await chmod(join(dataDir, 'keys.json'), 0o644)

    const { code, errors } = await runBank({ DATA_DIR: dataDir })

    expect(code).toBe(1)
    expect(linesOf(errors)).toHaveLength(1)
    expect(errors).toContain('chmod')
  })
})

function linesOf(errors: string): readonly string[] {
  return errors.split('\n').filter((line) => line !== '')
}
