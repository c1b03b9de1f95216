import { globSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { ROOT } from './setup/workspace.ts'

const PATTERNS = ['{packages,examples,test,bench}/**/*.{ts,md,json}', '*.{ts,md,json}', '{decisions,.ci}/**']
const INVISIBLE = /[\u00ad\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\u{e0000}-\u{e007f}]/u

const isNotOurs = (path: string): boolean => /(?:^|\/)(?:node_modules|dist|coverage|\.readme)$/.test(path)

describe('the sources', () => {
  test('hold no invisible or direction-changing character, so that what is read is what runs', () => {
    const paths = globSync(PATTERNS, { cwd: ROOT, exclude: isNotOurs })
      .map((path) => join(ROOT, path))
      .filter((path) => statSync(path).isFile())
    const wrong = paths.filter((path) => INVISIBLE.test(readFileSync(path, 'utf8')))

    expect(paths.length).toBeGreaterThan(50)
    expect(wrong).toEqual([])
  })
})
