/** How to call the command. */
export const USAGE: string = `usage:
  sallyport keygen --origin <name> [--keys keys.json] [--log-key log.pub]
      makes the key file of a new ledger and the public key that verifies it
  sallyport verify sqlite:<path> --log-key <log.pub> [--checkpoint <file>]... [--quick] [--json]
      proves that nothing was changed, left out or added; writes nothing. A checkpoint that was kept elsewhere also
      shows that the whole database was put back to an older copy
      exit codes: 0 good, 10 incomplete, 20 corrupt, 30 diverged, 40 bad signature, 50 unverifiable
  sallyport query sqlite:<path> [--type t]... [--outcome o] [--actor pseudonym] [--lineage id] [--flow id]
                  [--since time] [--until time] [--limit n] [--newest-first] [--json]
      shows the newest events that match, 100 if not told otherwise, oldest first
  sallyport verify-approval sqlite:<path> --event <id> --subjects sqlite:<path> --rp-id <id> --origin <origin>...
                            [--keys keys.json] [--action <file.json>] [--json]
      proves that an authenticator approved exactly one action: --event is the id of its challenge.verified. It believes
      the entries: run sallyport verify first
      exit codes: 0 proved, 40 disproved, 50 unverifiable
  sallyport inventory [--json]
      lists every event that can occur`
