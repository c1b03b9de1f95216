import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { openKeyring } from '@sallyport/keyring'
import { parseVerifierKey } from '@sallyport/tlog/note'
import { describe, expect, test } from 'vitest'
import { inFolder, sallyport } from '../../../test/run-command.ts'

describe('sallyport keygen', () => {
  test('writes a private key file that opens and the public key that belongs to it', async () => {
    await inFolder(async (folder) => {
      const run = await sallyport(folder, 'keygen', '--origin', 'bank.example/audit')

      expect(run.code).toBe(0)
      const keyring = await openKeyring(join(folder, 'keys.json'))
      const verifier = parseVerifierKey((await readFile(join(folder, 'log.pub'), 'utf8')).trim())
      const message = Buffer.from('a checkpoint')
      expect(verifier.name).toBe('bank.example/audit')
      expect(verifier.verify(message, await keyring.sign(message))).toBe(true)
    })
  })

  test('writes where it is told, the private half readable by its owner only', async () => {
    await inFolder(async (folder) => {
      await sallyport(folder, 'keygen', '--origin', 'a', '--keys', 'k.json', '--log-key', 'l.pub')

      expect((await stat(join(folder, 'k.json'))).mode & 0o777).toBe(0o600)
      expect((await stat(join(folder, 'l.pub'))).isFile()).toBe(true)
    })
  })

  test('overwrites neither file and then writes nothing at all', async () => {
    await inFolder(async (folder) => {
      await writeFile(join(folder, 'log.pub'), 'mine')
      const run = await sallyport(folder, 'keygen', '--origin', 'a')

      expect(run.code).toBe(1)
      expect(await readFile(join(folder, 'log.pub'), 'utf8')).toBe('mine')
      await expect(stat(join(folder, 'keys.json'))).rejects.toMatchObject({ code: 'ENOENT' })
    })
  })

  test('keeps the keys of an earlier run', async () => {
    await inFolder(async (folder) => {
      await sallyport(folder, 'keygen', '--origin', 'a')
      const before = await readFile(join(folder, 'keys.json'), 'utf8')
      const run = await sallyport(folder, 'keygen', '--origin', 'a', '--log-key', 'other.pub')

      expect(run.code).toBe(1)
      expect(await readFile(join(folder, 'keys.json'), 'utf8')).toBe(before)
    })
  })

  test('prints no private key', async () => {
    await inFolder(async (folder) => {
      const run = await sallyport(folder, 'keygen', '--origin', 'a')

      const file = await readFile(join(folder, 'keys.json'), 'utf8')
      const secrets = [...file.matchAll(/"secret":\s*"([^"]+)"/g)].map(([, secret]) => secret ?? '')
      expect(secrets.length).toBeGreaterThan(2)
      expect(secrets.filter((secret) => `${run.stdout}${run.stderr}`.includes(secret))).toEqual([])
    })
  })

  test('refuses a missing origin and one that a signed note cannot carry', async () => {
    await inFolder(async (folder) => {
      const runs = [await sallyport(folder, 'keygen'), await sallyport(folder, 'keygen', '--origin', 'a b')]

      expect(runs.map((run) => run.code)).toEqual([2, 2])
      await expect(stat(join(folder, 'keys.json'))).rejects.toMatchObject({ code: 'ENOENT' })
    })
  })
})
