import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { checkpointFile } from './checkpoint-file.ts'

const unusable: unknown = expect.objectContaining({ code: 'ERR_AUDIT_CHECKPOINT_FILE' })

describe('checkpointFile', () => {
  test('gives nothing while there is no file, and then what was written last', async () => {
    await inFolder(async (folder) => {
      const place = checkpointFile(join(folder, 'checkpoint'), randomBytes)
      const before = await place.read()
      await place.write('one\n')
      await place.write('two\n')

      expect([before, await place.read()]).toEqual([undefined, 'two\n'])
    })
  })

  test('leaves one file, which only its owner may read', async () => {
    await inFolder(async (folder) => {
      await checkpointFile(join(folder, 'checkpoint'), randomBytes).write('one\n')

      expect(await readdir(folder)).toEqual(['checkpoint'])
      expect((await stat(join(folder, 'checkpoint'))).mode & 0o777).toBe(0o600)
    })
  })

  test('never shows a half of anything while many write at once', async () => {
    await inFolder(async (folder) => {
      const path = join(folder, 'checkpoint')
      const notes = Array.from({ length: 20 }, (_, turn) => `${String(turn).repeat(2_000)}\n`)
      await Promise.all(notes.map(async (note) => checkpointFile(path, randomBytes).write(note)))

      expect(notes).toContain(await readFile(path, 'utf8'))
      expect(await readdir(folder)).toEqual(['checkpoint'])
    })
  })

  test('refuses a folder that is not there, and something else than a file', async () => {
    await inFolder(async (folder) => {
      await mkdir(join(folder, 'directory'))

      await expect(checkpointFile(join(folder, 'none', 'checkpoint'), randomBytes).write('a')).rejects.toEqual(unusable)
      await expect(checkpointFile(join(folder, 'directory'), randomBytes).read()).rejects.toEqual(unusable)
      await expect(checkpointFile(join(folder, 'directory'), randomBytes).write('a')).rejects.toEqual(unusable)
      expect(await readdir(folder)).toEqual(['directory'])
    })
  })

  test('reads no more than 64 kB', async () => {
    await inFolder(async (folder) => {
      await writeFile(join(folder, 'checkpoint'), 'x'.repeat(100_000))

      expect(await checkpointFile(join(folder, 'checkpoint'), randomBytes).read()).toHaveLength(65_536)
    })
  })
})

async function inFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-checkpoint-'))
  try {
    await use(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
