import { readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createKeyFile, rotateKey } from '@sallyport/keyring'
import { openSqlite } from '@sallyport/sqlite'
import { describe, expect, test } from 'vitest'
import { makeApproval, PARTY, questionIn, TRANSFER } from '../../../test/approved-transfer.ts'
import type { ApprovalEvents, ApprovalOptions } from '../../../test/approved-transfer.ts'
import { inFolder, sallyport, sallyportHere } from '../../../test/run-command.ts'
import type { Run } from '../../../test/run-command.ts'

/** What the command finds of an approval that a test made its own way. */
async function found(options: ApprovalOptions, ...more: readonly string[]): Promise<readonly unknown[]> {
  let verdict: readonly unknown[] = []
  await inFolder(async (folder) => {
    const event = await makeApproval(folder, options)
    const action = more.map((text) => (text.endsWith('.json') ? join(folder, text) : text))
    verdict = verdictOf(await ask(folder, event, '--json', ...action))
  })
  return verdict
}

/** Changes what was recorded of an honest approval. */
async function changed(change: (events: ApprovalEvents) => Partial<ApprovalEvents>): Promise<readonly unknown[]> {
  return await found({ change: (events) => ({ ...events, ...change(events) }) })
}

/** Asks an honest question about an event. */
async function ask(folder: string, event: string, ...more: readonly string[]): Promise<Run> {
  return await sallyportHere('verify-approval', ...questionIn(folder), '--event', event, ...more)
}

function verdictOf({ code, stdout }: Run): readonly unknown[] {
  const { verdict, reason } = JSON.parse(stdout)
  return [code, verdict, reason]
}

describe('sallyport verify-approval', () => {
  test('v5.0.0-7.5.3 proves that an enrolled passkey approved exactly this action, and writes nothing', async () => {
    await inFolder(async (folder) => {
      const event = await makeApproval(folder)
      const before = await snapshot(folder)
      const asked = ['verify-approval', ...questionIn(folder), '--event', event, '--action', 'action.json']
      const [run, words] = [await sallyport(folder, ...asked, '--json'), await sallyport(folder, ...asked)]

      expect([run.code, run.stderr, words.code, words.stderr]).toEqual([0, '', 0, ''])
      expect(JSON.parse(run.stdout)).toMatchObject({
        verdict: 'proved',
        event,
        stepUp: 'step-up-1',
        action: 'transfer',
        authenticator: 'a1',
        userVerified: true,
        recomputed: true,
        reliesOn: 'sallyport verify',
      })
      expect(words.stdout).toMatch(/^proved: /)
      expect(words.stdout).toContain('sallyport verify must find the ledger good')
      expect(await snapshot(folder)).toEqual(before)
    })
  })

  test('shows nothing of what is sealed or of what the action was', async () => {
    await inFolder(async (folder) => {
      const event = await makeApproval(folder)
      const { stdout } = await ask(folder, event, '--action', join(folder, 'action.json'), '--json')

      expect(['Bob', 'clientDataJSON', 'signature', '"ann"', 'sealed'].filter((text) => stdout.includes(text))).toEqual(
        [],
      )
    })
  })

  test('proves without the action that one was signed, and says that its digest is believed', async () => {
    await inFolder(async (folder) => {
      const event = await makeApproval(folder)
      const run = await ask(folder, event)

      expect(run.code).toBe(0)
      expect(run.stdout).toContain('the digest is believed')
    })
  })

  test('says when the authenticator did not verify its user', async () => {
    await inFolder(async (folder) => {
      const event = await makeApproval(folder, { authenticator: { userVerified: false } })
      const run = await ask(folder, event, '--json')

      expect(JSON.parse(run.stdout)).toMatchObject({ verdict: 'proved', userVerified: false })
    })
  })

  test('proves what was approved before keys were rotated', async () => {
    await inFolder(async (folder) => {
      const event = await makeApproval(folder)
      await rotateKey(join(folder, 'keys.json'), 'pseudonym')
      await rotateKey(join(folder, 'keys.json'), 'seal')
      const run = await ask(folder, event, '--action', join(folder, 'action.json'), '--json')

      expect(verdictOf(run)).toEqual([0, 'proved', undefined])
    })
  })
})

describe('sallyport verify-approval disproves with 40', () => {
  test('v5.0.0-7.5.3 an action of which anything is different', async () => {
    await inFolder(async (folder) => {
      const event = await makeApproval(folder)
      const verdicts = []
      for (const other of [{ user: 'bob' }, { path: '/transfers' }, { body: { to: 'Eve', amount: 5 } }, { show: [] }]) {
        await writeFile(join(folder, 'other.json'), JSON.stringify({ ...TRANSFER, ...other }))
        verdicts.push(verdictOf(await ask(folder, event, '--action', join(folder, 'other.json'), '--json')))
      }

      expect(verdicts).toEqual(Array(4).fill([40, 'disproved', 'action_mismatch']))
    })
  })

  test('a proof that was given for another action than the ledger names', async () => {
    expect(await found({ signed: (digest) => `${digest}x` })).toEqual([40, 'disproved', 'wrong_action'])
  })

  test('another origin and another relying party', async () => {
    await inFolder(async (folder) => {
      const event = await makeApproval(folder)
      const sources = questionIn(folder).slice(0, -PARTY.length)
      const asWhom = async (...party: readonly string[]): Promise<readonly unknown[]> =>
        verdictOf(await sallyportHere('verify-approval', ...sources, '--event', event, '--json', ...party))
      const [rp, origin] = [PARTY.slice(0, 2), PARTY.slice(2)]

      expect([
        await asWhom(...rp, '--origin', 'https://evil.example'),
        await asWhom(...origin, '--rp-id', 'evil.example'),
        await asWhom(...rp, '--origin', 'https://other.example', ...origin),
      ]).toEqual([
        [40, 'disproved', 'wrong_origin'],
        [40, 'disproved', 'wrong_rp'],
        [0, 'proved', undefined],
      ])
    })
  })

  test('a proof whose signature was changed, and one that is none', async () => {
    const signature = ({ verified }: ApprovalEvents): string => flip(verified.sealed?.['signature'] ?? '')
    const spoilt = await changed((events) => withSealed(events, { signature: signature(events) }))
    const none = await changed((events) => withSealed(events, { clientDataJSON: '' }))

    expect([spoilt, none]).toEqual([
      [40, 'disproved', 'signature_invalid'],
      [40, 'disproved', 'malformed'],
    ])
  })

  test('a key that is not the one that was enrolled, nor the one that signed', async () => {
    const enrolled = await changed((events) => ({
      enrolled: events.enrolled && { ...events.enrolled, data: { ...events.enrolled.data, key: 'another' } },
    }))
    const signed = await changed(({ enrolled: one, verified }) => ({
      enrolled: one && { ...one, data: { ...one.data, key: 'another' } },
      verified: { ...verified, data: { ...verified.data, key: 'another' } },
    }))

    expect([enrolled, signed]).toEqual([
      [40, 'disproved', 'enrolled_key'],
      [40, 'disproved', 'proof_key'],
    ])
  })

  test('an authenticator that another person enrolled', async () => {
    const verdict = await changed(({ enrolled }) => ({ enrolled: enrolled && { ...enrolled, actor: { user: 'eve' } } }))

    expect(verdict).toEqual([40, 'disproved', 'enrolled_person'])
  })

  test('an approval by another person than the one of the action', async () => {
    const eve = { user: 'eve' }
    const change: ApprovalOptions['change'] = (events) => ({
      ...events,
      enrolled: events.enrolled && { ...events.enrolled, actor: eve },
      verified: { ...events.verified, actor: eve },
    })

    expect(await found({ change }, '--action', 'action.json')).toEqual([40, 'disproved', 'other_person'])
  })

  test('a step-up of which the ledger names two actions', async () => {
    const verdict = await changed(({ satisfied }) => ({
      satisfied: satisfied && { ...satisfied, data: { ...satisfied.data, digest: 'another' } },
    }))

    expect(verdict).toEqual([40, 'disproved', 'action_ambiguous'])
  })
})

describe('sallyport verify-approval finds unverifiable with 50', () => {
  test('an event that the ledger does not have, and one that proves no approval', async () => {
    await inFolder(async (folder) => {
      await makeApproval(folder)
      const events = await sallyport(folder, 'query', 'sqlite:bank.db', '--type', 'step_up.satisfied', '--json')
      const [unknown, other] = ['01MCC5RM000C1G60R30C1G60R3', String(JSON.parse(events.stdout).id)]
      const runs = [await ask(folder, unknown, '--json'), await ask(folder, other, '--json')]

      expect(runs.map(verdictOf)).toEqual([
        [50, 'unverifiable', 'event_unknown'],
        [50, 'unverifiable', 'not_verified'],
      ])
    })
  })

  test('a challenge of a factor that signs nothing', async () => {
    const verdict = await changed(({ verified }) => ({ verified: { ...verified, data: { factor: 'totp' } } }))

    expect(verdict).toEqual([50, 'unverifiable', 'not_signed'])
  })

  test('an event without its key, its authenticator or its proof', async () => {
    const [data, authn] = [{ factor: 'webauthn' }, { factor: 'webauthn' }] as const

    expect([
      await changed(({ verified }) => ({ verified: { ...verified, data } })),
      await changed(({ verified }) => ({ verified: { ...verified, authn } })),
      await changed(({ verified }) => ({ verified: { ...verified, sealed: undefined } })),
    ]).toEqual([
      [50, 'unverifiable', 'key_missing'],
      [50, 'unverifiable', 'key_missing'],
      [50, 'unverifiable', 'proof_missing'],
    ])
  })

  test('a step-up that was bound to no action', async () => {
    const data = { requirement: 'plain' }
    const verdict = await changed(({ required, satisfied }) => ({
      required: required && { ...required, data },
      satisfied: satisfied && { ...satisfied, data },
    }))

    expect(verdict).toEqual([50, 'unverifiable', 'action_missing'])
  })

  test('an authenticator whose enrolment is not in the ledger', async () => {
    expect(await changed(() => ({ enrolled: undefined }))).toEqual([50, 'unverifiable', 'enrolment_missing'])
  })

  test('a proof whose keys are not given, and one whose person was erased', async () => {
    await inFolder(async (folder) => {
      const event = await makeApproval(folder)
      const [ledger = '', , , ...rest] = questionIn(folder)
      const without = await sallyportHere('verify-approval', ledger, ...rest, '--event', event, '--json')
      await eraseEverybody(folder)
      const erased = await ask(folder, event, '--json')

      expect([verdictOf(without), verdictOf(erased)]).toEqual([
        [50, 'unverifiable', 'subjects_missing'],
        [50, 'unverifiable', 'proof_erased'],
      ])
    })
  })

  test('what another key ring sealed and named', async () => {
    await inFolder(async (folder) => {
      const event = await makeApproval(folder)
      await rm(join(folder, 'keys.json'))
      await createKeyFile(join(folder, 'keys.json'))

      expect(verdictOf(await ask(folder, event, '--json'))).toEqual([50, 'unverifiable', 'unreadable'])
    })
  })

  test('what was named under a key that the key ring no longer has', async () => {
    await inFolder(async (folder) => {
      const event = await makeApproval(folder)
      const old = await keyIdOf(folder, 'pseudonym')
      await rotateKey(join(folder, 'keys.json'), 'pseudonym')
      await removeKey(folder, old)
      const run = await ask(folder, event, '--action', join(folder, 'action.json'), '--json')

      expect(verdictOf(run)).toEqual([50, 'unverifiable', 'name_key_missing'])
    })
  })

  test('a ledger, a store of subject keys, a key file or an action that cannot be read, and names it', async () => {
    await inFolder(async (folder) => {
      const event = await makeApproval(folder)
      await writeFile(join(folder, 'damaged.json'), JSON.stringify({ ...TRANSFER, extra: 1 }))
      const instead = async (from: string, to: string, ...more: readonly string[]): Promise<Run> => {
        const args = questionIn(folder).map((arg) => arg.replace(from, to))
        return await sallyportHere('verify-approval', ...args, '--event', event, ...more)
      }
      const runs = [
        await instead('bank.db', 'none.db'),
        await instead('subjects.db', 'none.db'),
        await instead('keys.json', 'none.json'),
        await ask(folder, event, '--action', join(folder, 'none.json')),
        await ask(folder, event, '--action', join(folder, 'damaged.json')),
      ]

      expect(runs.map(({ code, stdout }) => [code, stdout.split('\n')[0]])).toEqual([
        [50, expect.stringMatching(/^unverifiable: .*ledger .*none\.db/)],
        [50, expect.stringMatching(/^unverifiable: .*subject keys .*none\.db/)],
        [50, expect.stringMatching(/^unverifiable: .*none\.json/)],
        [50, expect.stringMatching(/^unverifiable: .*none\.json/)],
        [50, expect.stringMatching(/^unverifiable: .*damaged\.json/)],
      ])
      expect((await readdir(folder)).filter((name) => name.startsWith('none'))).toEqual([])
    })
  })
})

describe('sallyport verify-approval ends with 2', () => {
  const EVENT = ['--event', '01MCC5RM000C1G60R30C1G60R3']

  test('without a ledger, an event, a relying party or an origin', async () => {
    const runs = await Promise.all([
      sallyportHere('verify-approval', ...EVENT, ...PARTY),
      sallyportHere('verify-approval', 'sqlite:bank.db', ...PARTY),
      sallyportHere('verify-approval', 'sqlite:bank.db', ...EVENT, ...PARTY.slice(2)),
      sallyportHere('verify-approval', 'sqlite:bank.db', ...EVENT, ...PARTY.slice(0, 2)),
    ])

    expect(runs.map(({ code, stdout }) => [code, stdout])).toEqual(Array(4).fill([2, '']))
  })

  test('for an event that cannot be one, and for another kind of address', async () => {
    const runs = await Promise.all([
      sallyportHere('verify-approval', 'sqlite:bank.db', ...PARTY, '--event', '7'),
      sallyportHere('verify-approval', 'sqlite:bank.db', ...PARTY, '--event', 'ZZZZZZZZZZZZZZZZZZZZZZZZZZ'),
      sallyportHere('verify-approval', 'bank.db', ...PARTY, ...EVENT),
      sallyportHere('verify-approval', 'sqlite:bank.db', ...PARTY, ...EVENT, '--subjects', 'subjects.db'),
      sallyportHere('verify-approval', 'sqlite:bank.db', ...PARTY, ...EVENT, '--subjects='),
    ])

    expect(runs.map(({ code }) => code)).toEqual([2, 2, 2, 2, 2])
  })
})

function withSealed(
  { verified }: ApprovalEvents,
  sealed: Readonly<Record<string, string>>,
): Pick<ApprovalEvents, 'verified'> {
  return { verified: { ...verified, sealed: { ...verified.sealed, ...sealed } } }
}

function flip(base64url: string): string {
  const bytes = Buffer.from(base64url, 'base64url')
  bytes.writeUInt8(bytes.readUInt8(bytes.length - 1) ^ 1, bytes.length - 1)
  return bytes.toString('base64url')
}

async function eraseEverybody(folder: string): Promise<void> {
  const subjects = await openSqlite({ path: join(folder, 'subjects.db') })
  const records = await subjects.list(['subject'], { limit: 100 })
  const writes = records.map(({ key, version }) => ({ op: 'remove', key, expect: version }) as const)
  await subjects.commit({ id: 'erase', writes, entries: [] })
  await subjects.close()
}

/** The parts of a key file that a test goes by. */
interface KeyFile {
  readonly keys: readonly { readonly id: string; readonly purpose: string }[]
}

async function readKeys(folder: string): Promise<KeyFile> {
  return JSON.parse(await readFile(join(folder, 'keys.json'), 'utf8'))
}

async function keyIdOf(folder: string, purpose: string): Promise<string> {
  return (await readKeys(folder)).keys.find((key) => key.purpose === purpose)?.id ?? ''
}

async function removeKey(folder: string, id: string): Promise<void> {
  const file = await readKeys(folder)
  const keys = file.keys.filter((key) => key.id !== id)
  await writeFile(join(folder, 'keys.json'), JSON.stringify({ ...file, keys }, undefined, 2))
}

async function snapshot(folder: string): Promise<readonly (readonly [string, string])[]> {
  const names = (await readdir(folder)).toSorted()
  return Promise.all(names.map(async (name) => [name, await readFile(join(folder, name), 'base64')] as const))
}
