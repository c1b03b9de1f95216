import { openKeyring } from '@sallyport/keyring'
import type { Keyring } from '@sallyport/keyring'
import type { Store } from '@sallyport/store'
import { CliError, describeError } from '../errors.ts'
import { APPROVAL_CODES } from '../exit-codes.ts'
import { parseEventId } from '../find-event.ts'
import { openLedgerStore, parseAddress } from '../open-ledger.ts'
import { onlyPositional, parseCommand } from '../parse-command.ts'
import type { ParsedCommand } from '../parse-command.ts'
import { printJson } from '../print-json.ts'
import { proveApproval } from '../prove-approval.ts'
import type { Approval, ApprovalQuestion, ProvedApproval } from '../prove-approval.ts'
import { readAction } from '../read-action.ts'
import { oneLine } from '../terminal.ts'
import type { Terminal } from '../terminal.ts'

const OPTIONS = {
  event: { type: 'string' },
  subjects: { type: 'string' },
  keys: { type: 'string' },
  'rp-id': { type: 'string' },
  origin: { type: 'string', multiple: true },
  action: { type: 'string' },
  json: { type: 'boolean' },
} as const

const RELIES = 'This holds for entries that are what was signed: sallyport verify must find the ledger good.'

/** What the arguments name. */
interface Asked {
  readonly ledger: string
  readonly subjects: string | undefined
  readonly keys: string
  /** The file of the action. */
  readonly action: string | undefined
  readonly question: Omit<ApprovalQuestion, 'action'>
}

/** A verdict, or that there was nothing to judge: then the reason is `unreadable`. */
type Judgement =
  | Approval
  | { readonly verdict: 'unverifiable'; readonly reason: 'unreadable'; readonly message: string }

/**
 * Proves that an authenticator approved exactly one action, from its event in the ledger. Writes nothing. What cannot be read
 * is `unverifiable`, never an error without a verdict.
 */
export async function verifyApproval(args: readonly string[], terminal: Terminal): Promise<number> {
  const parsed = parseCommand(args, OPTIONS)
  const asked = askedBy(parsed)
  const result = await judge(asked)
  const { event } = asked.question
  if (parsed.flag('json')) printJson(terminal, { ...summary(result), event, reliesOn: 'sallyport verify' })
  else describe(result, event).forEach((line) => terminal.print(oneLine(line)))
  return APPROVAL_CODES[result.verdict]
}

function askedBy(parsed: ParsedCommand): Asked {
  const ledger = parseAddress(onlyPositional(parsed, 'The ledger (sqlite:<path>)'))
  const subjects = parsed.text('subjects')
  const [event, rpId, origins] = [parsed.text('event'), parsed.text('rp-id'), parsed.texts('origin')]
  if (event === undefined) throw new CliError('ERR_CLI_USAGE', '--event is missing.')
  if (rpId === undefined) throw new CliError('ERR_CLI_USAGE', '--rp-id is missing.')
  if (origins.length === 0) throw new CliError('ERR_CLI_USAGE', '--origin is missing.')
  // A misspelt one would make the verdict an accusation.
  if (!origins.every((origin) => URL.parse(origin)?.origin === origin))
    throw new CliError(
      'ERR_CLI_USAGE',
      'An --origin is a scheme and host such as https://bank.example, without a path.',
    )
  if (URL.parse(`https://${rpId}`)?.hostname !== rpId)
    throw new CliError('ERR_CLI_USAGE', 'An --rp-id is a host name such as bank.example.')
  return {
    ledger,
    subjects: subjects === undefined ? undefined : parseAddress(subjects, 'A store of subject keys'),
    keys: parsed.text('keys') ?? 'keys.json',
    action: parsed.text('action'),
    question: { event: parseEventId(event), rpId, origins },
  }
}

async function judge({ ledger, subjects, keys, action, question }: Asked): Promise<Judgement> {
  const opened: Store[] = []
  const open = async (path: string, what?: string): Promise<Store> => {
    const store = await openLedgerStore(path, what)
    opened.push(store)
    return store
  }
  try {
    const given = action === undefined ? undefined : await readAction(action)
    const keyring = await readKeyring(keys)
    const store = await open(ledger)
    const names = subjects === undefined ? undefined : await open(subjects, 'store of subject keys')
    return await proveApproval({ store, subjects: names, keyring }, { ...question, action: given })
  } catch (error) {
    return { verdict: 'unverifiable', reason: 'unreadable', message: describeError(error) }
  } finally {
    await Promise.all(opened.map(async (store) => store.close()))
  }
}

async function readKeyring(path: string): Promise<Keyring> {
  try {
    return await openKeyring(path)
  } catch (cause) {
    const message = `The key file ${path} cannot be opened: ${describeError(cause)}`
    throw new CliError('ERR_CLI_UNREADABLE', message, { cause })
  }
}

/** What is told of a verdict: of a proof its parts, nothing of what was sealed. */
function summary(result: Judgement): Readonly<Record<string, unknown>> {
  if (result.verdict !== 'proved') return { ...result }
  const { verdict, verified, enrolled, ...rest } = result
  return { verdict, at: verified.at, actor: verified.actor?.id, enrolledAt: enrolled.at, ...rest }
}

function describe(result: Judgement, event: string): readonly string[] {
  if (result.verdict === 'proved') return describeProof(result)
  return [`${result.verdict}: ${result.message}`, `event: ${event}`, `reason: ${result.reason}`, RELIES]
}

function describeProof(proof: ProvedApproval): readonly string[] {
  const { verified, enrolled, action, digest, authenticator, key, userVerified, recomputed } = proof
  return [
    'proved: the key of an enrolled authenticator signed this action and no other',
    `event: ${verified.id}, challenge.verified at ${verified.at}`,
    `action: ${action}, digest ${digest}`,
    recomputed
      ? 'given action: its digest is the same'
      : 'given action: none, so the digest is believed; --action computes it again',
    `actor: ${verified.actor?.id ?? '-'}`,
    `authenticator: ${authenticator}, enrolled at ${enrolled.at}`,
    `key: ${key}`,
    `user verified: ${userVerified ? 'yes' : 'no'}`,
    RELIES,
  ]
}
