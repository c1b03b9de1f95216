import { describe, expect, test } from 'vitest'
import { testCosigner, testCosignerKey } from '../../test/test-cosigner.ts'
import { testKey, testSigner } from '../../test/test-key.ts'
import { formatCheckpoint } from './checkpoint.ts'
import { mlDsaKey } from '../../test/ml-dsa.ts'
import { formatCosignerKey } from './cosigner-key.ts'
import { TlogError } from './errors.ts'
import { judgePolicy, openByPolicy } from './judge-policy.ts'
import { formatVerifierKey } from './note-key.ts'
import { signNote } from './note.ts'
import { parsePolicy } from './policy.ts'

// The cases follow C2SP tlog-policy, and transparency-dev/formats policy/tlog_policy_test.go where it has them.

const ORIGIN = 'example.com/log'
const log = formatVerifierKey(ORIGIN, testKey(100).publicKey)
const key = (seed: number): string => testCosignerKey(`Wit${seed}`, seed)
const w1 = `witness w1 ${key(1)}\n`
const w2 = `witness w2 ${key(2)}\n`
const code = (value: string): unknown => expect.objectContaining({ code: value })
/** Those of the policies that are not refused as malformed. */
const accepted = (...policies: readonly (string | Uint8Array)[]): readonly unknown[] =>
  policies.filter((policy) => codeOf(policy) !== 'ERR_TLOG_POLICY_MALFORMED')
const SPEC = [
  `log ${log}`,
  '',
  `witness X1 ${key(1)}`,
  `witness X2 ${key(2)}`,
  `witness X3 ${key(3)}`,
  'group X-witnesses 2 X1 X2 X3',
  '',
  `witness Y1 ${key(4)}`,
  `witness Y2 ${key(5)}`,
  `witness Y3 ${key(6)}`,
  'group Y-witnesses any Y1 Y2 Y3',
  '',
  'group X-and-Y all X-witnesses Y-witnesses',
  'quorum X-and-Y',
  '',
].join('\n')

describe('parsePolicy', () => {
  test('reads the example of the specification', () => {
    const policy = parsePolicy(SPEC)

    expect(policy.logs.map(({ verifierKey }) => verifierKey)).toEqual([log])
    expect(policy.witnesses.map(({ name }) => name)).toEqual(['X1', 'X2', 'X3', 'Y1', 'Y2', 'Y3'])
    expect(policy.groups).toEqual([
      { name: 'X-witnesses', threshold: 2, members: ['X1', 'X2', 'X3'] },
      { name: 'Y-witnesses', threshold: 1, members: ['Y1', 'Y2', 'Y3'] },
      { name: 'X-and-Y', threshold: 2, members: ['X-witnesses', 'Y-witnesses'] },
    ])
    expect(policy.quorum).toBe('X-and-Y')
  })

  test('reads the smallest policy', () => {
    expect(parsePolicy('quorum none')).toEqual({ logs: [], witnesses: [], groups: [], quorum: 'none' })
  })

  test('ignores comment lines and white space, and takes URLs as they are', () => {
    const text = `\n# comment\n\t # another\n\twitness \t w1  ${key(1)}   https://w1.example.com/  \n\n  quorum\tw1`

    expect(parsePolicy(text).witnesses).toMatchObject([{ name: 'w1', url: 'https://w1.example.com/' }])
    expect(parsePolicy(`log ${log} any:thing\nquorum none`).logs).toMatchObject([{ url: 'any:thing' }])
  })

  test('takes keywords as names, but for none', () => {
    const text = `witness all ${key(1)}\nwitness any ${key(2)}\ngroup group 2 all any\nquorum group\n`

    expect(parsePolicy(text).groups).toEqual([{ name: 'group', threshold: 2, members: ['all', 'any'] }])
    expect(accepted(`witness none ${key(1)}\nquorum none\n`, `${w1}group none any w1\nquorum none\n`)).toEqual([])
  })

  test('takes names as octets: the Kelvin sign is no K, and what is no UTF-8 is a name of its own', () => {
    const kelvin = `witness K ${key(1)}\nwitness \u212a ${key(2)}\ngroup g all K \u212a\nquorum g\n`
    const octets = Buffer.from(`witness w\x80 ${key(1)}\nwitness w\x81 ${key(2)}\nquorum w\x80\n`, 'latin1')
    const wide = `witness a\u00a0b ${key(1)}\nquorum a\u00a0b\n`

    expect(parsePolicy(kelvin).witnesses.map(({ name }) => name)).toEqual(['K', '\u212a'])
    expect(new Set(parsePolicy(octets).witnesses.map(({ name }) => name)).size).toBe(2)
    expect(parsePolicy(octets).quorum).toBe(parsePolicy(octets).witnesses[0]?.name)
    expect(parsePolicy(wide).quorum).toBe('a\u00a0b')
  })

  test('refuses control characters but tab and newline, and texts that are none', () => {
    expect(
      accepted('quorum none\r\n', 'quorum none\n\x01', 'quorum none\n\x7f', '\ud800\nquorum none\n', 'quorum none\n\0'),
    ).toEqual([])
  })

  test('refuses lines of another form', () => {
    expect(
      accepted(
        'quibble w1\nquorum none\n',
        'log\nquorum none\n',
        `log ${log} a b\nquorum none\n`,
        'witness w1\nquorum none\n',
        `witness w1 ${key(1)} https://w1.example.com/ # comment\nquorum w1\n`,
        `${w1}group g1 1\nquorum w1\n`,
        `${w1}group g1\nquorum w1\n`,
        'quorum\n',
        `${w1}quorum w1 w1\n`,
      ),
    ).toEqual([])
  })

  test('refuses malformed keys and keys of the wrong type', () => {
    const ed25519 = formatVerifierKey('Wit1', testKey(1).publicKey)

    expect(
      accepted('log garbage\nquorum none\n', `witness w1 ${ed25519}\nquorum w1\n`, `log ${key(1)}\nquorum none\n`),
    ).toEqual([])
    expect(accepted(`witness w1 ecdsa.example.com+00000000+AgECAw==\nquorum w1\n`)).toEqual([])
    expect(accepted(`witness w1 Wit1+00000000+${key(1).split('+', 3)[2]}\nquorum w1\n`)).toEqual([])
  })

  test('refuses a key that stands above, under whatever name and for whatever purpose', () => {
    const own = formatVerifierKey(ORIGIN, testKey(1).publicKey)

    expect(accepted(`${w1}witness w2 ${testCosignerKey('impostor.example.com', 1)}\nquorum w1\n`)).toEqual([])
    expect(accepted(`log ${log}\nlog ${formatVerifierKey('other', testKey(100).publicKey)}\nquorum none\n`)).toEqual([])
    expect(accepted(`log ${own}\n${w1}quorum w1\n`)).toEqual([])
  })

  test('refuses a name that is taken', () => {
    expect(accepted(`${w1}witness w1 ${key(2)}\nquorum w1\n`, `${w1}group w1 any w1\nquorum w1\n`)).toEqual([])
  })

  test('refuses thresholds that are no number from 1 to the number of members', () => {
    const group = (many: string): string => `${w1}group g1 ${many} w1\nquorum g1\n`

    expect(
      accepted(group('0'), group('-1'), group('2'), group('01'), group('1.0'), group('ANY'), group('99999999999')),
    ).toEqual([])
  })

  test('refuses members and quorums that are not defined above', () => {
    expect(
      accepted(
        `${w1}group g1 any w2\nquorum g1\n`,
        `group g1 any w1\n${w1}quorum g1\n`,
        `${w1}group g1 any g1\nquorum g1\n`,
        `${w1}group g1 any none w1\nquorum g1\n`,
        'quorum unknown\n',
        `quorum w1\n${w1}`,
      ),
    ).toEqual([])
  })

  test('refuses a name that is a member twice, in one group or in two', () => {
    expect(
      accepted(
        `${w1}group g1 all w1 w1\nquorum g1\n`,
        `${w1}${w2}group g1 any w1 w2\ngroup g2 any w1\nquorum g1\n`,
        `${w1}group g1 any w1\ngroup g2 any g1\ngroup g3 any g1\nquorum g1\n`,
      ),
    ).toEqual([])
  })

  test('refuses a policy without a quorum and one with two', () => {
    expect(accepted(w1, `${w1}quorum w1\nquorum w1\n`, '')).toEqual([])
  })

  test('takes 32 of each kind, as it must, and refuses more than 256 and more than 1 MB', () => {
    const many = (count: number): string => {
      const lines = Array.from({ length: count }, (_, at) => `group g${at} any ${at === 0 ? 'w1' : `g${at - 1}`}`)
      return `${w1}${lines.join('\n')}\nquorum g${count - 1}\n`
    }

    expect(judgePolicy(parsePolicy(many(256)), ['w1'])).toBe(true)
    expect(accepted(many(257), `#${' '.repeat(1_000_000)}\nquorum none`)).toEqual([])
  })
})

describe('judgePolicy', () => {
  test('asks for two of X and one of Y, as the example says', () => {
    const policy = parsePolicy(SPEC)

    expect(judgePolicy(policy, ['X1', 'X3', 'Y2'])).toBe(true)
    expect(judgePolicy(policy, ['X1', 'Y1', 'Y2', 'Y3'])).toBe(false)
    expect(judgePolicy(policy, ['X1', 'X2', 'X3'])).toBe(false)
    expect(judgePolicy(policy, [])).toBe(false)
  })

  test('does not take the name of a group, or of nobody, for a witness', () => {
    expect(judgePolicy(parsePolicy(SPEC), ['X-and-Y', 'X-witnesses', 'Z'])).toBe(false)
  })

  test('counts one witness once, however often it is named', () => {
    expect(judgePolicy(parsePolicy(SPEC), ['X1', 'X1', 'Y1', 'Y1'])).toBe(false)
  })

  test('holds always where no quorum is asked for, and by one witness where that is the quorum', () => {
    expect(judgePolicy(parsePolicy('quorum none'), [])).toBe(true)
    expect(judgePolicy(parsePolicy(`${w1}${w2}quorum w1\n`), ['w1'])).toBe(true)
    expect(judgePolicy(parsePolicy(`${w1}${w2}quorum w1\n`), ['w2'])).toBe(false)
  })
})

describe('openByPolicy', () => {
  const text = formatCheckpoint({ origin: ORIGIN, size: 42, root: new Uint8Array(32) })
  const policy = parsePolicy(`log ${log}\n${w1}${w2}quorum w1\n`)
  const logSigner = testSigner(ORIGIN, 100)

  test('opens a checkpoint that log and quorum have signed', async () => {
    const opened = openByPolicy(await signNote(text, [logSigner, testCosigner('Wit1', 1)]), policy)

    expect(opened).toMatchObject({ checkpoint: { size: 42 }, cosigners: [{ name: 'w1', time: 1_679_315_147 }] })
  })

  test('refuses one without the quorum, or without the log', async () => {
    const alone = await signNote(text, [logSigner])
    const other = await signNote(text, [logSigner, testCosigner('Wit2', 2)])
    const cosigned = await signNote(text, [testCosigner('Wit1', 1)])

    expect(() => openByPolicy(alone, policy)).toThrow(code('ERR_TLOG_POLICY_UNMET'))
    expect(() => openByPolicy(other, policy)).toThrow(code('ERR_TLOG_POLICY_UNMET'))
    expect(() => openByPolicy(cosigned, policy)).toThrow(code('ERR_TLOG_NOTE_UNSIGNED'))
  })

  test('refuses a checkpoint that a log signed under another origin', async () => {
    const foreign = formatCheckpoint({ origin: 'example.com/other', size: 42, root: new Uint8Array(32) })
    const note = await signNote(foreign, [logSigner, testCosigner('Wit1', 1)])

    expect(() => openByPolicy(note, policy)).toThrow(code('ERR_TLOG_NOTE_UNSIGNED'))
  })

  test('refuses a bad cosignature of a witness that it could do without', async () => {
    const good = await signNote(text, [logSigner, testCosigner('Wit1', 1), testCosigner('Wit2', 2)])
    const elsewhere = await signNote(text.replace('42', '43'), [testCosigner('Wit2', 2)])
    const bad = good.replace(/— Wit2.*\n/, /— Wit2.*\n/.exec(elsewhere)?.[0] ?? '')

    expect(() => openByPolicy(bad, policy)).toThrow(code('ERR_TLOG_NOTE_BAD_SIGNATURE'))
  })

  test('validates nothing when the policy names no log', async () => {
    const note = await signNote(text, [logSigner, testCosigner('Wit1', 1)])

    expect(() => openByPolicy(note, parsePolicy(`${w1}quorum w1\n`))).toThrow(code('ERR_TLOG_NOTE_UNSIGNED'))
  })
})

const mlDsa = mlDsaKey(new Uint8Array(32).fill(7))

describe('a policy with an ML-DSA-44 key', () => {
  const text = formatCosignerKey('pq.example', mlDsa?.publicKey ?? new Uint8Array(1312))

  test.skipIf(mlDsa === undefined)(
    'may name it for logs and witnesses (not run where Node.js has no ML-DSA-44)',
    () => {
      expect(parsePolicy(`witness w1 ${text}\nquorum w1\n`).witnesses[0]?.verifier.name).toBe('pq.example')
      expect(parsePolicy(`log ${text}\nquorum none\n`).logs[0]?.verifier.name).toBe('pq.example')
    },
  )

  test.skipIf(mlDsa !== undefined)('is refused by name where Node.js has no ML-DSA-44 (not run where it has)', () => {
    expect(() => parsePolicy(`witness w1 ${text}\nquorum w1\n`)).toThrow(code('ERR_TLOG_KEY_UNSUPPORTED'))
  })
})

function codeOf(policy: string | Uint8Array): unknown {
  try {
    parsePolicy(policy)
    return undefined
  } catch (error) {
    return error instanceof TlogError ? error.code : error
  }
}
