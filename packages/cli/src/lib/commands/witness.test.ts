import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { openKeyring } from '@sallyport/keyring'
import { leafHash } from '@sallyport/tlog'
import { ed25519Signer, formatCheckpoint, formatVerifierKey, signNote } from '@sallyport/tlog/note'
import { httpWitness } from '@sallyport/witness'
import { describe, expect, test } from 'vitest'
import { inFolder, sallyport } from '../../../test/run-command.ts'

const MAIN = fileURLToPath(new URL('../../main.ts', import.meta.url))
const ORIGIN = 'bank.example/audit'

describe('sallyport keygen --witness', () => {
  test('writes a key file of its own and the verifier key of a witness', async () => {
    await inFolder(async (folder) => {
      const run = await sallyport(folder, 'keygen', '--witness', 'witness.example/w1')

      expect(run.code).toBe(0)
      expect(await readFile(join(folder, 'witness.pub'), 'utf8')).toMatch(/^witness\.example\/w1\+[0-9a-f]{8}\+B\S+\n$/)
      expect(await (await openKeyring(join(folder, 'witness-keys.json'))).publicKeys()).toHaveLength(1)
    })
  })

  test('makes no key that both signs a ledger and cosigns', async () => {
    await inFolder(async (folder) => {
      const runs = [
        await sallyport(folder, 'keygen', '--witness', 'w', '--origin', ORIGIN),
        await sallyport(folder, 'keygen', '--witness', 'w', '--log-key', 'l.pub'),
        await sallyport(folder, 'keygen', '--origin', ORIGIN, '--witness-key', 'w.pub'),
        await sallyport(folder, 'keygen', '--witness', 'a b'),
      ]

      expect(runs.map(({ code }) => code)).toEqual([2, 2, 2, 2])
    })
  })
})

describe('sallyport witness', () => {
  test('cosigns over HTTP, and goes on after a restart from what it cosigned', async () => {
    await inFolder(async (folder) => {
      await makeKeys(folder)
      const first = await start(folder, '--log-key', 'log.pub')
      const cosigned = await ask(first, folder, 5)
      const exit = await stop(first)
      const second = await start(folder, '--log-key', 'log.pub')
      const conflict = await ask(second, folder, 9)
      await stop(second)

      expect([cosigned, exit, conflict]).toMatchObject([{ ok: true }, 0, { ok: false, code: 'conflict', size: 5 }])
    })
  })

  test('takes the ledgers of a policy, and serves under a prefix', async () => {
    await inFolder(async (folder) => {
      await makeKeys(folder)
      await writeFile(join(folder, 'policy'), `log ${await readFile(join(folder, 'log.pub'), 'utf8')}quorum none\n`)
      const service = await start(folder, '--policy', 'policy', '--prefix', '/w')
      const answer = await ask(service, folder, 5)
      await stop(service)

      expect(service.url).toMatch(/\/w$/)
      expect(answer).toMatchObject({ ok: true })
    })
  })

  test('prints the verifier key that its cosignatures are verified by', async () => {
    await inFolder(async (folder) => {
      await makeKeys(folder)
      const service = await start(folder, '--log-key', 'log.pub')
      await stop(service)

      expect(service.output()).toContain(
        `verifier key: ${(await readFile(join(folder, 'witness.pub'), 'utf8')).trim()}`,
      )
    })
  })

  test('refuses a key that signs one of the ledgers, keys that do not belong together, and unreadable files', async () => {
    await inFolder(async (folder) => {
      await makeKeys(folder)
      await sallyport(folder, 'keygen', '--witness', 'w2', '--keys', 'k2.json', '--witness-key', 'w2.pub')
      const keyring = await openKeyring(join(folder, 'witness-keys.json'))
      const [key = new Uint8Array()] = await keyring.publicKeys()
      await writeFile(join(folder, 'own.pub'), `${formatVerifierKey(ORIGIN, key)}\n`)
      await writeFile(join(folder, 'empty-policy'), 'quorum none\n')
      await writeFile(join(folder, 'no-policy'), 'quorum\n')
      const run = async (...args: readonly string[]): Promise<number | null> =>
        (await sallyport(folder, 'witness', '--store', 'sqlite:w.db', '--port', '0', ...args)).code

      expect(await run('--log-key', 'own.pub')).toBe(2)
      expect(await run('--log-key', 'log.pub', '--witness-key', 'w2.pub')).toBe(50)
      expect(await run('--log-key', 'log.pub', '--keys', 'missing.json')).toBe(50)
      expect(await run('--log-key', 'missing.pub')).toBe(50)
      expect(await run('--policy', 'empty-policy')).toBe(50)
      expect(await run('--policy', 'no-policy')).toBe(50)
    })
  })

  test('refuses missing and contradicting arguments', async () => {
    await inFolder(async (folder) => {
      await makeKeys(folder)
      const run = async (...args: readonly string[]): Promise<number | null> =>
        (await sallyport(folder, 'witness', ...args)).code
      const good = ['--log-key', 'log.pub', '--store', 'sqlite:w.db']

      expect(await run()).toBe(2)
      expect(await run(...good)).toBe(2)
      expect(await run(...good, '--port', '65536')).toBe(2)
      expect(await run(...good, '--port', '0', '--policy', 'p')).toBe(2)
      expect(await run(...good, '--port', '0', '--prefix', 'w')).toBe(2)
      expect(await run('--log-key', 'log.pub', '--store', 'w.db', '--port', '0')).toBe(2)
      expect(await run('--store', 'sqlite:w.db', '--port', '0')).toBe(2)
      expect(await run(...good, '--port', '0', 'more')).toBe(2)
    })
  })

  test('says when its address is taken', async () => {
    await inFolder(async (folder) => {
      await makeKeys(folder)
      const service = await start(folder, '--log-key', 'log.pub')
      const port = new URL(service.url).port
      const args = ['witness', '--log-key', 'log.pub', '--store', 'sqlite:other.db', '--port', port]
      const second = await sallyport(folder, ...args)
      await stop(service)

      expect(second.code).toBe(1)
      expect(second.stderr).toContain(port)
    })
  })
})

interface Service {
  readonly child: ChildProcess
  readonly url: string
  readonly output: () => string
}

async function makeKeys(folder: string): Promise<void> {
  await sallyport(folder, 'keygen', '--origin', ORIGIN)
  await sallyport(folder, 'keygen', '--witness', 'witness.example/w1')
}

async function start(folder: string, ...args: readonly string[]): Promise<Service> {
  const all = [
    '--disable-warning=ExperimentalWarning',
    MAIN,
    'witness',
    '--store',
    'sqlite:w.db',
    '--port',
    '0',
    ...args,
  ]
  const child = spawn(process.execPath, all, { cwd: folder, stdio: ['ignore', 'pipe', 'ignore'] })
  let output = ''
  const url = await new Promise<string>((resolve, reject) => {
    child.once('exit', () => reject(new Error(`It ended: ${output}`)))
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString()
      const [, found] = /listening on (\S+)\n/.exec(output) ?? []
      if (found !== undefined) resolve(found)
    })
  })
  return { child, url, output: () => output }
}

async function stop({ child }: Service): Promise<unknown> {
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  const [code] = await ended
  return code
}

async function ask(
  { url }: Service,
  folder: string,
  size: number,
): ReturnType<ReturnType<typeof httpWitness>['addCheckpoint']> {
  const keyring = await openKeyring(join(folder, 'keys.json'))
  const [key = new Uint8Array()] = await keyring.publicKeys()
  const signer = ed25519Signer(ORIGIN, key, async (message) => keyring.sign(message))
  const note = await signNote(formatCheckpoint({ origin: ORIGIN, size, root: leafHash(Buffer.from('x')) }), [signer])
  const verifierKey = (await readFile(join(folder, 'witness.pub'), 'utf8')).trim()
  return await httpWitness({ url, verifierKey }).addCheckpoint({ oldSize: 0, proof: [], note })
}
