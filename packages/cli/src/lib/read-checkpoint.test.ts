import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { inFolder } from '../../test/run-command.ts'
import { readCheckpoint, sizeOf } from './read-checkpoint.ts'

const NOTE = 'bank.example/ledger\n4\nAAAA\n\n— bank.example/ledger AAAA\n'

describe('readCheckpoint', () => {
  test('takes a signed note as it is, whoever signed it', async () => {
    await inFolder(async (folder) => {
      await writeFile(join(folder, 'note'), NOTE)

      expect(await readCheckpoint(join(folder, 'note'))).toBe(NOTE)
    })
  })

  test('refuses by its name what is empty, cut off, without signatures, or a receipt', async () => {
    await inFolder(async (folder) => {
      const path = join(folder, 'note')
      const wrong = [
        '',
        '\n',
        '{}',
        NOTE.slice(0, 30),
        NOTE.slice(0, -1),
        'a\n\nb\n',
        'a\n\n',
        `c2sp.org/tlog-proof@v1\n${NOTE}`,
      ]
      const refusals: unknown[] = []
      for (const text of wrong) {
        await writeFile(path, text)
        refusals.push(await readCheckpoint(path).catch((error: unknown) => error))
      }

      const refused: unknown = { code: 'ERR_CLI_UNREADABLE', message: expect.stringContaining(path) }
      expect(refusals).toEqual(wrong.map(() => expect.objectContaining(refused)))
    })
  })
})

describe('sizeOf', () => {
  test('gives the number on the second line', () => {
    expect([sizeOf(NOTE), sizeOf('a\nb\n')]).toEqual([4, undefined])
  })
})
