// `pnpm ids`: shows which tests carry which requirement, for people or as JSON.
import { parseArgs } from 'node:util'
import { findTests } from './find-tests.ts'
import { formatRows, makeRows } from './report.ts'
import { REQUIREMENTS } from './requirements.ts'

const USAGE = 'Usage: pnpm --silent ids [--json]'

const json = readArguments(process.argv.slice(2))
if (json === undefined) {
  process.stderr.write(`${USAGE}\n`)
  process.exitCode = 2
} else {
  const rows = makeRows(REQUIREMENTS, findTests())
  process.stdout.on('error', leaveQuietly)
  process.stdout.write(`${json ? JSON.stringify(rows, null, 2) : formatRows(rows)}\n`)
}

/** Gives whether JSON is wanted, and nothing for a command line that is none. */
function readArguments(words: readonly string[]): boolean | undefined {
  try {
    return parseArgs({ args: [...words], options: { json: { type: 'boolean' } } }).values.json === true
  } catch {
    return undefined
  }
}

/** A reader that has seen enough, such as `head`, is no failure. */
function leaveQuietly(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error
}
