import { escapeJson } from '@sallyport/audit/formats'
import type { Terminal } from './terminal.ts'

/** How JSON is laid out: on one line, or indented by so many spaces. */
export interface JsonLayout {
  readonly indent?: number | undefined
}

/**
 * Prints a value as JSON for programs. Control characters, direction changes and line separators in its texts are written
 * as `\uXXXX`, so that a terminal shows what there is, and a line is one for every reader.
 *
 * @param terminal where it is printed.
 * @param value may hold what an attacker said, such as values from an entry.
 * @param layout one line if not given.
 */
export function printJson(terminal: Terminal, value: object, { indent }: JsonLayout = {}): void {
  terminal.print(jsonText(value, indent))
}

/** The text that `printJson` prints. */
export function jsonText(value: unknown, indent?: number): string {
  // What stands between two line ends of the layout is without any of its own.
  return (JSON.stringify(value, undefined, indent) ?? 'null').split('\n').map(escapeJson).join('\n')
}
