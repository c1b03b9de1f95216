import { EVENTS } from '@sallyport/audit/vocabulary'
import { noPositionals, parseCommand } from '../parse-command.ts'
import type { Terminal } from '../terminal.ts'

const TYPE_WIDTH = 34
const CLASS_WIDTH = 8

/**
 * Lists every event that can occur: its durability class, and with `--json` its names in other vocabularies and the
 * requirements it is evidence for.
 */
export async function inventory(args: readonly string[], terminal: Terminal): Promise<number> {
  const parsed = parseCommand(args, { json: { type: 'boolean' } })
  noPositionals(parsed)
  const events = Object.entries(EVENTS).map(([type, { durability, ...rest }]) => ({ type, class: durability, ...rest }))
  if (parsed.flag('json')) {
    terminal.print(JSON.stringify({ events }, undefined, 2))
    return 0
  }
  for (const event of events) {
    terminal.print(`${event.type.padEnd(TYPE_WIDTH)} ${event.class.padEnd(CLASS_WIDTH)} ${event.description}`)
  }
  return 0
}
