import { spawn, spawnSync } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { inFolder } from '../../test/run-command.ts'
import { readBounded } from './read-bounded.ts'

describe('readBounded', () => {
  test('reads a file whole up to the limit, and never a part of a longer one', async () => {
    await inFolder(async (folder) => {
      const path = join(folder, 'file')
      await writeFile(path, 'x'.repeat(200_000))

      expect(await readBounded(path, 'file', { maxBytes: 200_000 })).toHaveLength(200_000)
      await expect(readBounded(path, 'file', { maxBytes: 199_999 })).rejects.toMatchObject(unreadable(path))
    })
  })

  test('refuses what is not there, and a folder, by its name', async () => {
    await inFolder(async (folder) => {
      const none = join(folder, 'none')

      await expect(readBounded(none, 'file')).rejects.toMatchObject(unreadable(none))
      await expect(readBounded(folder, 'file')).rejects.toMatchObject(unreadable(folder))
    })
  })

  test('reads a pipe to its end, also when its writer comes late and pauses', async () => {
    await inFolder(async (folder) => {
      const path = makePipe(folder)
      const reading = readBounded(path, 'file', { maxBytes: 1_000_000 })
      spawn('sh', ['-c', 'sleep 0.1; { printf one; sleep 0.1; head -c 200000 /dev/zero; } > "$0"', path])

      expect(await reading).toBe(`one${'\0'.repeat(200_000)}`)
    })
  })

  test('does not wait for ever for a pipe that nobody writes to', async () => {
    await inFolder(async (folder) => {
      const path = makePipe(folder)

      await expect(readBounded(path, 'file', { waitMs: 50 })).rejects.toMatchObject(unreadable(path))
    })
  })
})

function makePipe(folder: string): string {
  const path = join(folder, 'pipe')
  spawnSync('mkfifo', [path])
  return path
}

function unreadable(path: string): { readonly code: string; readonly message: unknown } {
  return { code: 'ERR_CLI_UNREADABLE', message: expect.stringContaining(path) }
}
