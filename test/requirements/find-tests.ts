import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from '../setup/workspace.ts'

// Where vitest looks for tests, and the conformance suites, which are tests that others can run as well.
const PATTERNS = [
  'packages/*/src/**/*.test.ts',
  'packages/*/src/lib/conformance/**/*.ts',
  'test/**/*.test.ts',
  'examples/*/src/**/*.test.ts',
]

/** A test or a group of tests whose name begins with ids. */
export interface FoundTest {
  /** From the folder of the repository. */
  readonly file: string
  readonly name: string
  readonly ids: readonly string[]
}

/** Reads all tests of the repository and gives those whose names begin with ids, by file and in order. */
export function findTests(): readonly FoundTest[] {
  const isForeign = (path: string): boolean => path.endsWith('node_modules')
  const files = globSync(PATTERNS, { cwd: ROOT, exclude: isForeign }).toSorted()
  return files.flatMap((file) =>
    findTestNames(readFileSync(join(ROOT, file), 'utf8'))
      .map((name) => ({ file: file.replaceAll('\\', '/'), name, ids: readIds(name) }))
      .filter(({ ids }) => ids.length > 0),
  )
}

const CALL = /^[ \t]*(?:test|it|describe)\b/gm
const MODIFIERS = /(?:\s*\.\s*[A-Za-z]+)*/y
const TYPES = /<(?:[^(]|\((?!\[))*?>(?=\()/y
const NAME = /\(\s*(?:'((?:\\.|[^'\\\n])*)'|"((?:\\.|[^"\\\n])*)"|`((?:\\[^]|[^`\\])*)`)/y

/**
 * Finds the names of the calls of `test`, `it` and `describe` with any modifier, as the formatter leaves them: each at the
 * start of a line. What is skipped or still to be written has no name here, because it proves nothing.
 */
export function findTestNames(source: string): readonly string[] {
  return [...source.matchAll(CALL)].flatMap((call) => {
    const [modifiers, end] = takeModifiers(source, call.index + call[0].length)
    if (modifiers.some((one) => one === 'skip' || one === 'todo')) return []

    const takesValues = ['each', 'for', 'skipIf', 'runIf'].includes(modifiers.at(-1) ?? '')
    const name = take(NAME, source, takesValues ? skipGroup(source, end) : end)
    const [text] = (name ?? []).slice(1).filter((quoted) => quoted !== undefined)
    return text === undefined ? [] : [text.replaceAll(/\\(['"`\\])/g, '$1')]
  })
}

function takeModifiers(source: string, from: number): readonly [modifiers: readonly string[], end: number] {
  const chain = take(MODIFIERS, source, from)?.[0] ?? ''
  const types = take(TYPES, source, from + chain.length)?.[0] ?? ''
  return [chain.split('.').map((one) => one.trim()), from + chain.length + types.length]
}

// Comments, texts, templates and regular expressions are taken whole, so that their brackets do not count.
const TOKEN =
  /\/\/.*|\/\*[^]*?\*\/|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\[^]|[^`\\])*`|(?<=[(,[=:!&|?{;]\s*)\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\[\n])+\/|[^]/y

/** Gives the place behind the bracket that closes the one at `from`. */
function skipGroup(source: string, from: number): number {
  let at = from
  let depth = 0
  do {
    const token = take(TOKEN, source, at)?.[0]
    if (token === undefined) return source.length
    if ('([{'.includes(token)) depth += 1
    if (')]}'.includes(token)) depth -= 1
    at += token.length
  } while (depth > 0)
  return at
}

// A section of a standard with its version, or a family in capitals with two digits. Later ones may stand without version.
const ID = /(?:v\d+\.\d+\.\d+-\d+\.\d+\.\d+|[A-Z][A-Z0-9]*(?:-[A-Z]+)*-\d\d)(?=[\s,:]|$)/y
const LATER_ID = new RegExp(`${ID.source}|\\d+\\.\\d+\\.\\d+(?=[\\s,:]|$)`, 'y')
const BETWEEN = /[\s,]+/y

/** Reads the ids at the beginning of a name, divided by blanks or commas. */
export function readIds(name: string): readonly string[] {
  const ids: string[] = []
  for (let at = 0; at < name.length;) {
    const id = take(ids.length === 0 ? ID : LATER_ID, name, at)?.[0]
    if (id === undefined) return ids
    ids.push(id)
    at += id.length
    at += take(BETWEEN, name, at)?.[0].length ?? 0
  }
  return ids
}

/** Matches a sticky pattern at a place. */
function take(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at
  return pattern.exec(text)
}
