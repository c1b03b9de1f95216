import { AREAS, COMMON_FIELDS, EVENTS, type EventType } from '@sallyport/audit/vocabulary'
import { inventoryEntry } from '../inventory-entry.ts'
import { noPositionals, parseCommand } from '../parse-command.ts'
import { printJson } from '../print-json.ts'
import type { Terminal } from '../terminal.ts'

const TYPE_WIDTH = 34
const CLASS_WIDTH = 8

/**
 * Lists every event that can occur, by area: its durability class and what it means. With `--json` also its names in
 * other vocabularies, the requirements it is evidence for, the privacy class of its fields and a call that records it.
 */
export async function inventory(args: readonly string[], terminal: Terminal): Promise<number> {
  const parsed = parseCommand(args, { json: { type: 'boolean' } })
  noPositionals(parsed)
  const areas = Object.entries(AREAS)
  if (parsed.flag('json')) {
    const events = areas.flatMap(([, types]) => types.map(inventoryEntry))
    printJson(terminal, { events, commonFields: COMMON_FIELDS }, { indent: 2 })
    return 0
  }
  for (const [at, [area, types]] of areas.entries()) {
    terminal.print(`${at === 0 ? '' : '\n'}# ${area}`)
    for (const type of types) terminal.print(lineOf(type))
  }
  return 0
}

function lineOf(type: EventType): string {
  const { durability, description, waits } = EVENTS[type]
  const waiting = waits === undefined ? '' : ` (Not recorded yet: waits for ${waits.replaceAll('`', '')}.)`
  return `${type.padEnd(TYPE_WIDTH)} ${durability.padEnd(CLASS_WIDTH)} ${description}${waiting}`
}
