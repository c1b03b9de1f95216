/** Where a command writes: its result, and what is only for the person who runs it. */
export interface Terminal {
  /** Writes one line of the result to standard output. */
  print(line: string): void
  /** Writes one line to standard error. */
  report(line: string): void
}

/**
 * Makes the terminal of this process. A reader that goes away early, such as `head`, ends the command quietly.
 */
export function processTerminal(): Terminal {
  process.stdout.on('error', endQuietly)
  process.stderr.on('error', endQuietly)
  return {
    print: (line) => {
      process.stdout.write(`${line}\n`)
    },
    report: (line) => {
      process.stderr.write(`${line}\n`)
    },
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

function endQuietly(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error
  process.exit(process.exitCode)
}
