import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { describe, expect, test } from 'vitest'
import { inFolder, sallyport } from '../../test/run-command.ts'

const FULL = '/dev/full'
const MAIN = join(import.meta.dirname, '..', 'main.ts')

describe('processTerminal', () => {
  test.skipIf(!existsSync(FULL))('says in one line that the output cannot be written, and ends with 1', async () => {
    await inFolder(async (folder) => {
      await sallyport(folder, 'keygen', '--origin', 'a')
      const full = await open(FULL, 'w')
      const flags = ['--experimental-strip-types', '--disable-warning=ExperimentalWarning']
      const child = spawn(process.execPath, [...flags, MAIN, 'inventory'], { stdio: ['ignore', full.fd, 'pipe'] })
      const code = new Promise<number | null>((resolve) => child.once('close', resolve))
      const { stderr } = child

      expect([stderr === null ? '' : await text(stderr), await code]).toEqual([
        expect.stringMatching(/^sallyport: [^\n]+\n$/),
        1,
      ])
      await full.close()
    })
  })
})
