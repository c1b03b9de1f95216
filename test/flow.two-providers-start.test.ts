import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { createBrowser } from '@sallyport/testing'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import { verifyExample } from './examples/ledger.ts'
import { freePort, runExample, startExample } from './examples/start-example.ts'

describe('starting and stopping the example two-providers', () => {
  let dataDir: string
  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'sallyport-start-'))
  })
  afterEach(async () => await rm(dataDir, { recursive: true, force: true }))

  test('prints accounts that open it, and ends with 0 after SIGTERM, everything signed', async () => {
    const example = await startExample('two-providers', dataDir)
    const [, username = '', password = ''] = /at Home as (\w+) or \w+, password (\S+)/.exec(example.output()) ?? []
    const browser = createBrowser(example.url)

    const signIn = await browser.follow(await browser.get('/auth/home/login'))
    const home = await browser.follow(await browser.submit(signIn.form(), { username, password }))
    const code = await example.stop('SIGTERM')

    expect(home.text).toContain('Good day, ')
    expect(code).toBe(0)
    expect(await verifyExample(example)).toBe(0)
  })

  test('goes on with the same ledger after a kill', async () => {
    await (await startExample('two-providers', dataDir)).stop('SIGKILL')
    const second = await startExample('two-providers', dataDir)
    await second.stop('SIGINT')

    expect(await verifyExample(second)).toBe(0)
  })

  test('says in one line which port is in use', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    const port = typeof address === 'object' && address !== null ? String(address.port) : ''
    const others = { PORT: await freePort(), WORK_PORT: await freePort() }

    const { code, errors } = await runExample('two-providers', { DATA_DIR: dataDir, ...others, HOME_PORT: port })
    server.close()

    expect(code).toBe(1)
    expect(errors).toEqual([`two-providers: Port ${port} is in use: set HOME_PORT to a free one.`])
  })

  test('says in one line that the port of a provider is none', async () => {
    const { code, errors } = await runExample('two-providers', { DATA_DIR: dataDir, WORK_PORT: 'http' })

    expect(code).toBe(1)
    expect(errors).toEqual(['two-providers: WORK_PORT is a port from 1 to 65535, not "http".'])
  })
})
