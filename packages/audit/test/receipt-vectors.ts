// Receipts and what a verifier must say of them, for verifiers in any language. `node packages/audit/test/receipt-vectors.ts`
// writes vectors/receipts.json anew; a test compares the file with what this makes.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createKeyring } from '@sallyport/keyring'
import { sortableId } from '@sallyport/store'
import { leafHash, nodeHash } from '@sallyport/tlog'
import { ed25519Signer, formatCheckpoint, formatProof, formatVerifierKey, signNote } from '@sallyport/tlog/note'
import type { NoteSigner } from '@sallyport/tlog/note'
import { canonicalize } from '../src/lib/events/canonical.ts'
import type { AuditEvent } from '../src/lib/events/types.ts'

/** Where the vectors are kept. */
export const VECTORS_FILE: string = join(import.meta.dirname, 'vectors', 'receipts.json')

/** One receipt, and what is to be found of it under the keys of the file. */
export interface ReceiptCase {
  readonly name: string
  readonly text: string
  readonly expected:
    | {
        readonly ok: true
        readonly origin: string
        readonly index: number
        readonly size: number
        readonly id: string
        readonly at: number
      }
    | { readonly ok: false; readonly reason: string }
}

/** The file. */
export interface ReceiptVectors {
  readonly verifierKeys: readonly string[]
  readonly cases: readonly ReceiptCase[]
}

const ORIGIN = 'bank.example/ledger'
const AT = Date.UTC(2027, 0, 15, 8)
const SIZE = 300

/** Makes the vectors: fixed keys, a clock that moves by a millisecond an entry, counted bytes instead of random ones. */
export async function makeReceiptVectors(): Promise<ReceiptVectors> {
  const [ours, older, foreign, witness] = await Promise.all([
    makeSigner(ORIGIN, 3),
    makeSigner(ORIGIN, 4),
    makeSigner(ORIGIN, 5),
    makeSigner('witness.example/w1', 6),
  ])
  const shop = await makeSigner('shop.example/ledger', 7)
  const parts: Parts = {
    ours,
    older,
    foreign,
    witness,
    shop,
    log: Array.from({ length: SIZE }, (_, at) => entryOf(at)),
  }
  return {
    verifierKeys: [ours.key, older.key, shop.key],
    cases: [...(await genuine(parts)), ...(await forged(parts)), ...(await damaged(parts)), ...(await odd(parts))],
  }
}

type Signer = NoteSigner & { readonly key: string }

interface Parts {
  readonly ours: Signer
  /** A key from before a rotation, which is still trusted. */
  readonly older: Signer
  /** A key of somebody else who calls their ledger the same. */
  readonly foreign: Signer
  readonly witness: Signer
  /** The trusted key of another ledger. */
  readonly shop: Signer
  readonly log: readonly Uint8Array[]
}

async function genuine({ ours, older, foreign, witness, shop, log }: Parts): Promise<readonly ReceiptCase[]> {
  const good = async (name: string, made: Receipt): Promise<ReceiptCase> => {
    const { id, at } = JSON.parse(Buffer.from(made.log[made.index] ?? []).toString())
    const expected = { ok: true, origin: made.origin ?? ORIGIN, index: made.index, size: made.log.length } as const
    return { name, text: await receipt(made), expected: { ...expected, id, at: Date.parse(at) } }
  }
  return [
    await good('the only entry of a ledger', { log: log.slice(0, 1), index: 0, by: [ours] }),
    await good('the first entry', { log, index: 0, by: [ours] }),
    await good('the last entry of a tile', { log, index: 255, by: [ours] }),
    await good('the first entry of the next tile', { log, index: 256, by: [ours] }),
    await good('the last entry', { log, index: 299, by: [ours] }),
    await good('the unpaired entry of an odd size', { log: log.slice(0, 257), index: 256, by: [ours] }),
    await good('under a key from before a rotation', { log, index: 42, by: [older] }),
    await good('under both keys of a rotation', { log, index: 42, by: [ours, older] }),
    await good('with the signature of a witness who is not known', { log, index: 42, by: [ours, witness] }),
    await good('with the signature of a stranger who uses the name', { log, index: 42, by: [foreign, ours] }),
    await good('of another trusted ledger', { log: log.slice(0, 9), index: 5, by: [shop], origin: shop.name }),
  ]
}

async function forged({ ours, older, foreign, witness, shop, log }: Parts): Promise<readonly ReceiptCase[]> {
  const honest = { log, index: 42, by: [ours] }
  const text = await receipt(honest)
  const hash = hashLines(text)
  const both = await receipt({ ...honest, by: [ours, older] })
  const other = await receipt({ ...honest, log: log.with(42, entryOf(43)) })
  const inner = {
    ...honest,
    extra: Buffer.concat(log.slice(0, 2).map(leafHash)),
    index: 0,
    path: pathOf(log, 0).slice(1),
  }
  return [
    refusal('the index of another entry', 'not_included', text.replace('\nindex 42\n', '\nindex 43\n')),
    refusal('an index beyond the checkpoint', 'not_included', text.replace('\nindex 42\n', '\nindex 300\n')),
    refusal('another entry', 'not_included', await receipt({ ...honest, extra: entryOf(43) })),
    refusal('an inner node in the place of an entry', 'not_included', await receipt(inner)),
    refusal('without its lowest hash', 'not_included', text.replace(`${hash[0]}\n`, '')),
    refusal('without its highest hash', 'not_included', text.replace(`${hash.at(-1)}\n`, '')),
    refusal(
      'without any hash',
      'not_included',
      hash.reduce((rest, line) => rest.replace(`${line}\n`, ''), text),
    ),
    refusal('with one hash twice', 'not_included', text.replace(`${hash[0]}\n`, `${hash[0]}\n${hash[0]}\n`)),
    refusal('with two hashes swapped', 'not_included', swap(text, hash[0] ?? '', hash[1] ?? '')),
    refusal('a checkpoint of another history', 'not_included', `${head(text)}\n\n${note(other)}`),
    refusal('a larger size than was signed', 'bad_signature', text.replace('\n300\n', '\n301\n')),
    refusal('a changed root under the old signature', 'bad_signature', text.replace(root(text), root(other))),
    refusal('the signature of another checkpoint', 'bad_signature', text.replace(line(text), line(other))),
    refusal('one wrong signature beside a good one', 'bad_signature', both.replace(line(text), line(other))),
    refusal('a key that is not known', 'unknown_key', await receipt({ ...honest, by: [foreign] })),
    refusal('a witness alone', 'unknown_key', await receipt({ ...honest, by: [witness] })),
    refusal('the trusted key of another ledger', 'wrong_origin', await receipt({ ...honest, by: [shop] })),
  ]
}

async function damaged({ ours, log }: Parts): Promise<readonly ReceiptCase[]> {
  const text = await receipt({ log, index: 42, by: [ours] })
  const [first = ''] = hashLines(text)
  return [
    refusal('nothing', 'malformed', ''),
    refusal('a checkpoint alone', 'malformed', note(text)),
    refusal('without its checkpoint', 'malformed', `${head(text)}\n\n`),
    refusal('without its entry', 'malformed', text.replace(/^extra .*\n/m, '')),
    refusal('with an empty entry', 'malformed', text.replace(/^extra .*$/m, 'extra ')),
    refusal('another version', 'malformed', text.replace('@v1', '@v2')),
    refusal('with a byte order mark', 'malformed', `\u{feff}${text}`),
    refusal('with the line ends of Windows', 'malformed', text.replaceAll('\n', '\r\n')),
    refusal('without the last line end', 'malformed', text.slice(0, -1)),
    refusal('with a line more at its end', 'malformed', `${text}\n`),
    refusal('with a line more in its head', 'malformed', text.replace('\nindex ', '\nnote x\nindex ')),
    refusal('an index with a leading zero', 'malformed', text.replace('\nindex 42\n', '\nindex 042\n')),
    refusal('a negative index', 'malformed', text.replace('\nindex 42\n', '\nindex -1\n')),
    refusal('an index of 2^53', 'malformed', text.replace('\nindex 42\n', '\nindex 9007199254740992\n')),
    refusal('a hash without padding', 'malformed', text.replace(first, first.replace('=', ''))),
    refusal('a hash of 31 bytes', 'malformed', text.replace(first, Buffer.alloc(31).toString('base64'))),
    refusal('sixty-four hashes', 'malformed', text.replace(first, Array(58).fill(first).join('\n'))),
    refusal('a size with a sign', 'bad_signature', text.replace('\n300\n', '\n+300\n')),
    refusal('a signature of the wrong length', 'bad_signature', text.replace(line(text), shorter(line(text)))),
    refusal('a signature that is not base64', 'malformed', text.replace(line(text), `${line(text)}*`)),
  ]
}

/** What an honest key has signed, and what is no event all the same. */
async function odd({ ours }: Parts): Promise<readonly ReceiptCase[]> {
  const whole = Buffer.from(entryOf(0)).toString()
  const of = async (name: string, entry: string | Uint8Array): Promise<ReceiptCase> =>
    refusal(`signed, but ${name}`, 'not_an_event', await receipt({ log: [Buffer.from(entry)], index: 0, by: [ours] }))
  const signed = await signNote(`sallyport says\n${ORIGIN}\n1\n`, [ours])
  return [
    await of('no JSON', 'Alice was here'),
    await of('no UTF-8', Buffer.from([0xff, 0xfe])),
    await of('no object', '[]'),
    await of('not canonical: a space', whole.replace('{', '{ ')),
    await of('not canonical: the order of members', whole.replace(/^\{("actor":\{[^}]*\}),(.*)\}$/, '{$2,$1}')),
    await of('not canonical: a member twice', whole.replace('{', '{"at":"2020-01-01T00:00:00.000Z",')),
    await of('with a member that says its own place', whole.replace('"lineage"', '"index":7,"lineage"')),
    await of('of a type that there is not', whole.replace('access.allowed', 'access.granted')),
    await of('with an id of another time', whole.replace(idOf(0), idOf(1))),
    await of('of 16,385 bytes', whole.replace('transfer', 'x'.repeat(16_385 - whole.length + 8))),
    refusal('a signed text that is no checkpoint', 'malformed', `${head(await receiptOfFirst(ours))}\n\n${signed}`),
  ]
}

async function receiptOfFirst(by: Signer): Promise<string> {
  return await receipt({ log: [entryOf(0)], index: 0, by: [by] })
}

function refusal(name: string, reason: string, text: string): ReceiptCase {
  return { name, text, expected: { ok: false, reason } }
}

/** A receipt to be made: `extra` and `path` are what belongs there if not given. */
interface Receipt {
  readonly log: readonly Uint8Array[]
  readonly index: number
  readonly by: readonly NoteSigner[]
  readonly origin?: string
  readonly extra?: Uint8Array
  readonly path?: readonly Uint8Array[]
}

async function receipt({ log, index, by, origin = ORIGIN, extra = log[index], path }: Receipt): Promise<string> {
  const checkpoint = await signNote(formatCheckpoint({ origin, size: log.length, root: rootOf(log) }), by)
  return formatProof({ index, hashes: path ?? pathOf(log, index), extra, checkpoint })
}

// As RFC 6962 §2.1 words it, and not as the code does it.
function rootOf(log: readonly Uint8Array[]): Uint8Array {
  const [only] = log
  if (log.length === 1 && only !== undefined) return leafHash(only)
  const split = splitOf(log.length)
  return nodeHash(rootOf(log.slice(0, split)), rootOf(log.slice(split)))
}

function pathOf(log: readonly Uint8Array[], index: number): readonly Uint8Array[] {
  if (log.length === 1) return []
  const split = splitOf(log.length)
  return index < split
    ? [...pathOf(log.slice(0, split), index), rootOf(log.slice(split))]
    : [...pathOf(log.slice(split), index - split), rootOf(log.slice(0, split))]
}

function splitOf(size: number): number {
  return 2 ** Math.ceil(Math.log2(size) - 1)
}

function entryOf(index: number): Uint8Array {
  const event: AuditEvent = {
    v: 1,
    id: idOf(index),
    type: 'access.allowed',
    at: new Date(AT + index).toISOString(),
    writer: { id: 'web-1', boot: idOf(0), seq: index + 1 },
    actor: { id: 'name0000.1vfsSfYR7FH_KJUPmnMJsQ' },
    target: { app: 'bank', method: 'POST', route: '/transfers' },
    outcome: 'success',
    lineage: 'lineage-1',
    data: { requirement: 'transfer' },
  }
  return Buffer.from(canonicalize(event))
}

function idOf(index: number): string {
  return sortableId(AT + index, Buffer.alloc(10, index % 256))
}

async function makeSigner(name: string, seed: number): Promise<Signer> {
  const keyring = createKeyring({
    keys: [
      { id: 'seal0000', purpose: 'seal', secret: Buffer.alloc(32, 1) },
      { id: 'name0000', purpose: 'pseudonym', secret: Buffer.alloc(32, 2) },
      { id: 'sign0000', purpose: 'sign', secret: Buffer.alloc(32, seed) },
    ],
  })
  const [publicKey = new Uint8Array()] = await keyring.publicKeys()
  return {
    ...ed25519Signer(name, publicKey, (message) => keyring.sign(message)),
    key: formatVerifierKey(name, publicKey),
  }
}

function head(text: string): string {
  return text.slice(0, text.indexOf('\n\n'))
}

function note(text: string): string {
  return text.slice(text.indexOf('\n\n') + 2)
}

function hashLines(text: string): readonly string[] {
  return head(text).split('\n').slice(3)
}

function root(text: string): string {
  return note(text).split('\n')[2] ?? ''
}

/** The first signature line. */
function line(text: string): string {
  return text.split('\n').find((one) => one.startsWith('— ')) ?? ''
}

function shorter(signature: string): string {
  const [dash, name, base64 = ''] = signature.split(' ')
  return [dash, name, Buffer.from(base64, 'base64').subarray(0, -1).toString('base64')].join(' ')
}

function swap(text: string, one: string, other: string): string {
  return text.replace(`${one}\n${other}`, `${other}\n${one}`)
}

// In ASCII, so that no editor changes what a receipt must not have.
function formatVectors(vectors: ReceiptVectors): string {
  const escape = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
  return `${JSON.stringify(vectors, null, 2).replace(/[^\n -~]/g, escape)}\n`
}

if (import.meta.main) await writeFile(VECTORS_FILE, formatVectors(await makeReceiptVectors()))
