import { writeSync } from 'node:fs'
import { FAILED } from './exit-codes.ts'

/** Where a command writes: its result, and what is only for the person who runs it. */
export interface Terminal {
  /** Writes one line of the result to standard output. */
  print(line: string): void
  /** Writes one line to standard error. */
  report(line: string): void
  /** Shows a line that the next one takes the place of; an empty one removes it. Absent when nobody watches. */
  readonly status?: ((line: string) => void) | undefined
}

const STDERR = 2
const TO_LINE_START = '\r'
const ERASE_TO_LINE_END = '\u001b[K'

/**
 * Makes the terminal of this process. A reader that goes away early, such as `head`, ends the command quietly; output that
 * cannot be written, as on a full disk, ends it with one line and 1.
 */
export function processTerminal(): Terminal {
  process.stdout.on('error', endAtReader)
  process.stderr.on('error', endAtReader)
  return {
    print: (line) => {
      process.stdout.write(`${line}\n`)
    },
    report: (line) => {
      process.stderr.write(`${line}\n`)
    },
    status: process.stderr.isTTY && process.env['TERM'] !== 'dumb' ? showStatus : undefined,
  }
}

/**
 * Makes a text fit to be shown in a terminal on one line: control characters, line ends, escape sequences and
 * direction changes become a visible replacement.
 *
 * @param text possibly controlled by an attacker, such as a value from an entry.
 */
export function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, '\u{fffd}')
}

// A line that is as wide as the terminal would be followed by a new one, which could not be taken back.
function showStatus(line: string): void {
  const shown = line.slice(0, Math.max(0, process.stderr.columns - 1))
  process.stderr.write(`${TO_LINE_START}${shown}${ERASE_TO_LINE_END}`)
}

function endAtReader(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') process.exit(process.exitCode)
  try {
    writeSync(STDERR, `sallyport: The output cannot be written (${error.code ?? error.name}).\n`)
  } catch {
    // Then the exit code says it alone.
  }
  process.exit(FAILED)
}
