import { parseArgs } from 'node:util'
import type { ParseArgsOptionsConfig } from 'node:util'
import { CliError } from './errors.ts'

/** The arguments of a command after parsing: texts and flags by option name, and what stood without an option. */
export interface ParsedCommand {
  /** The value of an option that was given once at most. */
  text(name: string): string | undefined
  /** All values of an option that may be repeated. */
  texts(name: string): readonly string[]
  /** Whether a flag was given. */
  flag(name: string): boolean
  readonly positionals: readonly string[]
}

/**
 * Parses the arguments of a command strictly: unknown options, missing values and repeated options are refused.
 *
 * @param args what stands after the command's name.
 * @param options the options of the command, as `node:util` describes them.
 * @throws CliError `ERR_CLI_USAGE`
 */
export function parseCommand(args: readonly string[], options: ParseArgsOptionsConfig): ParsedCommand {
  const { values, positionals, tokens } = parse(args, options)
  const seen = new Set<string>()
  for (const token of tokens ?? []) {
    if (token.kind !== 'option') continue
    if (seen.has(token.name) && options[token.name]?.multiple !== true) {
      throw new CliError('ERR_CLI_USAGE', `--${token.name} may be given once only.`)
    }
    seen.add(token.name)
  }
  return {
    text: (name) => [values[name]].flat().find((value) => typeof value === 'string'),
    texts: (name) => [values[name]].flat().filter((value) => typeof value === 'string'),
    flag: (name) => values[name] === true,
    positionals,
  }
}

/**
 * Takes the one argument that a command needs besides its options.
 *
 * @param parsed the parsed arguments.
 * @param what how the usage calls it.
 * @throws CliError `ERR_CLI_USAGE` when there is none or more than one.
 */
export function onlyPositional(parsed: ParsedCommand, what: string): string {
  const [first, second] = parsed.positionals
  if (first === undefined) throw new CliError('ERR_CLI_USAGE', `${what} is missing.`)
  if (second !== undefined) throw new CliError('ERR_CLI_USAGE', `One ${what} is enough.`)
  return first
}

/**
 * Refuses arguments without an option, for commands that take none.
 *
 * @param parsed the parsed arguments.
 * @throws CliError `ERR_CLI_USAGE`
 */
export function noPositionals(parsed: ParsedCommand): void {
  const [first] = parsed.positionals
  if (first !== undefined) throw new CliError('ERR_CLI_USAGE', `Unexpected argument: ${first}`)
}

function parse(args: readonly string[], options: ParseArgsOptionsConfig): ReturnType<typeof parseArgs> {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true, strict: true, tokens: true })
  } catch (cause) {
    const message = cause instanceof Error ? (cause.message.split(/\. |\n/)[0] ?? '') : ''
    throw new CliError('ERR_CLI_USAGE', `${message}.`, { cause })
  }
}
