// What the commands that search have in common.
const FILTERS = `      what to find: [--type t]... [--outcome success|failure|unknown] [--factor f] [--since time] [--until time]
        [--actor pseudonym] [--target route] [--device id] [--country CC] [--tenant t] [--lineage id] [--flow id]
        and with the key file ([--keys keys.json]): [--user id] [--subject id] [--address ip]`

const USAGES: ReadonlyMap<string, string> = new Map([
  [
    'keygen',
    `  sallyport keygen --origin <name> [--keys keys.json] [--log-key log.pub]
      makes the key file of a new ledger and the public key that verifies it
  sallyport keygen --witness <name> [--keys witness-keys.json] [--witness-key witness.pub]
      makes the key file of a witness, which signs no ledger, and the public key that verifies its cosignatures`,
  ],
  [
    'verify',
    `  sallyport verify sqlite:<path> --log-key <log.pub> [--checkpoint <file>]... [--policy <file>] [--quick] [--json]
  sallyport verify <folder of an export> --log-key <log.pub> [--checkpoint <file>]... [--policy <file>] [--quick] [--json]
      proves that nothing was changed, left out or added; writes nothing. A checkpoint that was kept elsewhere also
      shows that the whole database or export was put back to an older copy
      exit codes: 0 good, 10 incomplete, 20 corrupt, 30 diverged, 40 bad signature, 50 unverifiable`,
  ],
  [
    'export',
    `  sallyport export sqlite:<path> <folder> [--json]
      copies what is signed into a folder that is verified without the database (C2SP tlog-tiles). Run it again to go on
      after an interruption, or to add what is new; it overwrites nothing that differs
      exit codes: 0 exported, 1 refused, 20 corrupt, 50 nothing is signed, or the ledger cannot be read`,
  ],
  [
    'query',
    `  sallyport query sqlite:<path> [what to find] [--limit n] [--newest-first] [--follow]
                  [--json | --format text|json|ocsf|ecs|cef|csv]
      shows the newest events that match, 100 if not told otherwise, oldest first; --follow goes on with those that come
${FILTERS}`,
  ],
  [
    'story',
    `  sallyport story sqlite:<path> <flow> [--json]
      tells one login, enrolment or step-up in plain lines; sallyport query shows the flow of every event
      exit codes: 0 told, 50 no event has the flow, or the ledger cannot be read`,
  ],
  [
    'count',
    `  sallyport count sqlite:<path> [what to find] [--by hour|day|type|outcome|reason|factor|country|tenant]... [--json]
      counts the events that match, in groups if --by is given (at most 3), the largest first
${FILTERS}`,
  ],
  [
    'verify-approval',
    `  sallyport verify-approval sqlite:<path> --event <id> --subjects sqlite:<path> --rp-id <id> --origin <origin>...
                            [--keys keys.json] [--action <file.json>] [--json]
      proves that an authenticator approved exactly one action: --event is the id of its challenge.verified. It believes
      the entries: run sallyport verify first
      exit codes: 0 proved, 40 disproved, 50 unverifiable`,
  ],
  [
    'receipt',
    `  sallyport receipt sqlite:<path> --event <id> [--out <file>]
      makes the receipt of one event: a text that proves it without the ledger. Needs no key, writes nothing to the ledger
      exit codes: 0 made, 20 corrupt, 50 no such event, or not signed yet`,
  ],
  [
    'verify-receipt',
    `  sallyport verify-receipt <file> --log-key <log.pub> [--json]
      proves that the event of a receipt stands in the ledger, with nothing else than the public key; - reads standard input
      exit codes: 0 good, 40 bad signature or proof, 50 unverifiable`,
  ],
  [
    'rotate',
    `  sallyport rotate [--keys keys.json] [--log-key log.pub] [--retire sqlite:<path>]
      adds a newer key that signs; once every process was started anew, --retire takes the older ones out of both files, and
      keeps their lines beside the public one. Run it again after an interruption`,
  ],
  [
    'accept-rollback',
    `  sallyport accept-rollback sqlite:<path> [--keys keys.json] [--log-key log.pub] [--checkpoint <path>.checkpoint]
      lets a ledger go on that was put back to an older copy on purpose, and records in it what was given up`,
  ],
  [
    'witness',
    `  sallyport witness (--log-key <log.pub>... | --policy <file>) --store sqlite:<path> --port <n> [--host 127.0.0.1]
                    [--keys witness-keys.json] [--witness-key witness.pub] [--prefix <path>]
      cosigns the checkpoints of other ledgers over HTTP, as long as each continues the last one; ends with SIGTERM`,
  ],
  [
    'inventory',
    `  sallyport inventory [--json]
      lists every event that can occur`,
  ],
])

/** How to call every command. */
export const USAGE: string = ['usage:', ...USAGES.values()].join('\n')

/**
 * Tells how to call one command.
 *
 * @param command its name, from the command line.
 * @returns `undefined` when there is none of this name.
 */
export function usageOf(command: string): string | undefined {
  const usage = USAGES.get(command)
  return usage === undefined ? undefined : `usage:\n${usage}`
}

/** Names the commands, for whoever named none of them. */
export const COMMAND_NAMES: string = `usage:
  sallyport <command> …
      commands: ${[...USAGES.keys()].join(', ')}
  sallyport help [<command>]`
