import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import { verifyExample } from './examples/ledger.ts'
import { freePort, runExample, startExample } from './examples/start-example.ts'

describe('starting and stopping the example local-login', () => {
  let dataDir: string
  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'sallyport-start-'))
  })
  afterEach(async () => await rm(dataDir, { recursive: true, force: true }))

  test('ends with 0 after SIGTERM, everything signed', async () => {
    const example = await startExample('local-login', dataDir)

    const code = await example.stop('SIGTERM')

    expect(code).toBe(0)
    expect(await verifyExample(example)).toBe(0)
  })

  test('goes on with the same ledger after a kill', async () => {
    await (await startExample('local-login', dataDir)).stop('SIGKILL')
    const second = await startExample('local-login', dataDir)
    await second.stop('SIGINT')

    expect(await verifyExample(second)).toBe(0)
  })

  test('says in one line that a port is in use', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    const port = typeof address === 'object' && address !== null ? String(address.port) : ''

    const { code, errors } = await runExample('local-login', { DATA_DIR: dataDir, PORT: port })
    server.close()

    expect(code).toBe(1)
    expect(errors).toEqual([`local-login: Port ${port} is in use: set PORT to a free one.`])
  })

  test('says in one line that the data folder cannot be written', async () => {
    const path = join(dataDir, 'file')
    await writeFile(path, 'not a folder')

    const { code, errors } = await runExample('local-login', { DATA_DIR: path })

    expect(code).toBe(1)
    expect(errors).toEqual([
      `local-login: The data folder ${path} cannot be written: set DATA_DIR to a folder that can.`,
    ])
  })

  test('says in one line that the port is none', async () => {
    const { code, errors } = await runExample('local-login', { DATA_DIR: dataDir, PORT: 'http' })

    expect(code).toBe(1)
    expect(errors).toEqual(['local-login: PORT is a port from 1 to 65535, not "http".'])
  })

  test('says in one line that the key file is damaged', async () => {
    await writeFile(join(dataDir, 'keys.json'), '{ "v": 1, "keys": [', { mode: 0o600 })

    const { code, errors } = await runExample('local-login', { DATA_DIR: dataDir, PORT: await freePort() })

    expect(code).toBe(1)
    expect(errors).toHaveLength(1)
    expect(errors[0]).toContain('keys.json')
  })
})
