import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openSqlite } from '@sallyport/sqlite'
import { createMemoryStore, StoreError, type Store } from '@sallyport/store'
import { EMPTY_ROOT } from '@sallyport/tlog'
import { formatCheckpoint, formatVerifierKey, openNote, parseVerifierKey, signNote } from '@sallyport/tlog/note'
import {
  cosignatureTime,
  formatAddCheckpoint,
  formatCosignerKey,
  openCosignatures,
  parseCosignerKey,
} from '@sallyport/tlog/witness'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ORIGIN, testKey, testLog } from '../../test/log.ts'
import { NOW, testWitness, WITNESS } from '../../test/witness.ts'
import { createWitness, type Witness } from './create-witness.ts'

const code = (value: string): unknown => expect.objectContaining({ code: value })
const log = await testLog(64)
const other = await testLog(64, 'another history')
const size = (value: number): unknown => ({ status: 409, type: 'text/x.tlog.size', body: `${value}\n` })
const status = (value: number): unknown => expect.objectContaining({ status: value })

describe('a witness', () => {
  test('cosigns a first checkpoint, and each that continues the last one', async () => {
    const witness = testWitness([log.verifierKey])
    const sizes = [1, 2, 3, 8, 9, 33, 64]

    for (const [at, to] of sizes.entries()) {
      const answer = await witness.addCheckpoint(await log.body(sizes[at - 1] ?? 0, to))
      const [line] = openCosignatures(await log.note(to), answer.body, [parseCosignerKey(witness.verifierKey)])

      expect(answer).toMatchObject({ status: 200, type: 'text/plain; charset=utf-8' })
      expect(line === undefined ? undefined : cosignatureTime(line)).toBe(NOW)
    }
  })

  test('answers as published for the checkpoints of a public test log', async () => {
    // transparency-dev/witness, witness/witness_test.go
    const key = 'monkeys+db4d9f7e+AULaJMvTtDLHPUcUrjdDad9vDlh/PTfC2VV60JUtCfWT'
    const first =
      'monkeys\n5\n41smjBUiAU70EtKlT6lIOIYtRTYxYXsDB+XHfcvu/BE=\n\n— monkeys 202fftzGl3LVoqjXfwCFZZXs8I+5G22+Ek2K0AOyBuSJ/8/CZawNF+6fNlTKOCd622pbzJNkkJFWuw9DbicZCkEx9AY=\n'
    const next =
      'monkeys\n8\nV8K9aklZ4EPB+RMOk1/8VsJUdFZR77GDtZUQq84vSbo=\n\n— monkeys 202ffoUEboiQYpHzICeaFmoy3RNviHTpAxYrq/eO4QQVQMvu9UebKBMX2MJC76NLthZaKsnKbCA8GxrjePZhvDCH7Ag=\n'
    const proof = [
      'b9e1d62618f7fee8034e4c5010f727ab24d8e4705cb296c374bf2025a87a10d2',
      'aac66cd7a79ce4012d80762fe8eec3a77f22d1ca4145c3f4cee022e7efcd599d',
      '89d0f753f66a290c483b39cd5e9eafb12021293395fad3d4a2ad053cfbcfdc9e',
      '29e40bb79c966f4c6fe96aff6f30acfce5f3e8d84c02215175d6e018a5dee833',
    ].map((hex) => Buffer.from(hex, 'hex'))
    const witness = testWitness([key])
    const ask = async (oldSize: number, note: string, hashes = proof): Promise<unknown> =>
      await witness.addCheckpoint(formatAddCheckpoint({ oldSize, proof: hashes, note }))

    expect(await ask(0, first, [])).toEqual(status(200))
    expect(await ask(2, next)).toEqual(size(5))
    expect(await ask(5, next, proof.toReversed())).toEqual(status(422))
    expect(await ask(5, next)).toEqual(status(200))
    expect(await ask(8, first)).toEqual(status(400))
    expect(await ask(5, first, [])).toEqual(size(8))
  })

  test('answers as published for a race of a shorter and a longer checkpoint', async () => {
    // FiloSottile/torchwood, internal/witness/witness_test.go: the longer one comes first
    const origin = 'sigsum.org/v1/tree/4d6d8825a6bb689d459628312889dfbb0bcd41b5211d9e1ce768b0ff0309e562'
    const raw = Buffer.from('ffdc2d4d98e4124d3feaf788c0c2f9abfd796083d1f0495437f302ec79cf100f', 'hex')
    const witness = testWitness([formatVerifierKey(origin, raw)])
    const body = (lines: readonly string[], tree: readonly string[], signature: string): string =>
      `${[...lines, '', origin, ...tree, '', `— ${origin} ${signature}`, ''].join('\n')}`
    const first = body(
      ['old 0'],
      ['1', 'KgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA='],
      'UgIom7fPZTqpxWWhyjWduBvTvGVqsokMbqTArsQilegKoFBJQjUFAmQ0+YeSPM3wfUQMFSzVnnNuWRTYrajXpNUbIQY=',
    )
    const shorter = body(
      ['old 1', 'KgEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=', 'KgIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA='],
      ['3', 'RcCI1Nk56ZcSmIEfIn0SleqtV7uvrlXNccFx595Iwl0='],
      'UgIom2VbtIcdFbwFAy1n7s6IkAxIY6J/GQOTuZF2ORV39d75cbAj2aQYwyJre36kezNobZs4SUUdrcawfAB8WVrx6go=',
    )
    const longer = body(
      [
        'old 1',
        'KgEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=',
        '+fUDV+k970B4I3uKrqJM4aP1lloPZP8mvr2Z4wRw2LI=',
        'KgQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=',
      ],
      ['5', 'QrtXrQZCCvpIgsSmOsah7HdICzMLLyDfxToMql9WTjY='],
      'UgIomw/EOJmWi0i1FQsOj+etB7F8IccFam/jgd6wzRns4QPVmyEZtdvl1U2KEmLOZ/ASRcWJi0tW90dJWAShei7sDww=',
    )

    expect(await witness.addCheckpoint(first)).toEqual(status(200))
    const answers = await Promise.all([witness.addCheckpoint(longer), witness.addCheckpoint(shorter)])

    expect(answers).toEqual([status(200), size(5)])
  })

  test('cosigns the newest checkpoint again, with a time of its own', async () => {
    let now = NOW
    const witness = testWitness([log.verifierKey], { clock: { now: () => now * 1000 } })
    await witness.addCheckpoint(await log.body(0, 5))
    now += 60
    const answer = await witness.addCheckpoint(await log.body(5, 5))

    expect(timeOf(answer.body, witness)).toBe(NOW + 60)
  })

  test('says no earlier time than the last one when its clock was put back', async () => {
    let now = NOW
    const witness = testWitness([log.verifierKey], { clock: { now: () => now * 1000 } })
    await witness.addCheckpoint(await log.body(0, 5))
    now -= 3_600
    const answer = await witness.addCheckpoint(await log.body(5, 9))

    expect(timeOf(answer.body, witness)).toBe(NOW)
  })

  test('begins with the empty log as well as with any other size', async () => {
    const witness = testWitness([log.verifierKey])

    expect(await witness.addCheckpoint(await log.body(0, 0))).toEqual(status(200))
    expect(await witness.addCheckpoint(await log.body(0, 0))).toEqual(status(200))
    expect(await witness.addCheckpoint(await log.body(0, 7))).toEqual(status(200))
  })

  test('takes what is signed by any key of the log, and the keys of several logs', async () => {
    const rotated = await testLog(8, 'entry', 2)
    const witness = testWitness([log.verifierKey, rotated.verifierKey])

    expect(await witness.addCheckpoint(await log.body(0, 5))).toEqual(status(200))
    expect(await witness.addCheckpoint(await rotated.body(5, 8))).toEqual(status(200))
    expect(witness.origins).toEqual([ORIGIN])
  })

  test('cosigns a log whose key has another name than its origin, such as the Go checksum database', async () => {
    // golang.org/x/mod, sumdb: a tree head of sum.golang.org
    const note =
      'go.sum database tree\n35225469\nvt5T6GaLCXvyHFl9VUvvItR43XZxfLgftEcTyO3eJCQ=\n\n— sum.golang.org Az3grpukl5AXaVfYkLiDGORx/DN2nlcS5kZHR5uYOBV2KA2HgXpD+gu9HHONebHLAyaKbbTM75QTtPydhKCExixSfwQ=\n'
    const verifierKey = 'sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8'
    const named = testWitness([{ origin: 'go.sum database tree', verifierKey }])
    const unnamed = testWitness([verifierKey])

    expect(await named.addCheckpoint(`old 0\n\n${note}`)).toEqual(status(200))
    expect(await unnamed.addCheckpoint(`old 0\n\n${note}`)).toEqual(status(404))
  })

  test('keeps the checkpoint with the log’s signatures and its own, and with no others', async () => {
    const witness = testWitness([log.verifierKey])
    const note = await log.note(5)
    const foreign = '— stranger.example AAAAAAECAwQ=\n'
    await witness.addCheckpoint(formatAddCheckpoint({ oldSize: 0, proof: [], note: note + foreign }))
    const latest = (await witness.latest(ORIGIN)) ?? ''
    const keys = [parseVerifierKey(log.verifierKey), parseCosignerKey(witness.verifierKey)]

    expect(openNote(latest, keys)).toMatchObject({ verified: [{ name: ORIGIN }, { name: WITNESS }], unverified: [] })
  })

  test('holds nothing of a log before its first checkpoint, and nothing of strangers', async () => {
    const witness = testWitness([log.verifierKey])

    await expect(witness.latest(ORIGIN)).resolves.toBeUndefined()
    await expect(witness.latest('stranger')).resolves.toBeUndefined()
  })
})

describe('a witness refuses', () => {
  test('with 400 what is no request, and an old size above the size', async () => {
    const witness = testWitness([log.verifierKey])
    const note = await log.note(5)

    for (const body of ['', 'old 0', `old 00\n\n${note}`, `old 0\n${note}`, Buffer.from([0xff, 0xfe])]) {
      expect(await witness.addCheckpoint(body)).toEqual(status(400))
    }
    expect(await witness.addCheckpoint(`old 6\n\n${note}`)).toEqual(status(400))
    expect(await witness.addCheckpoint(`old 0\n\n${note.split('\n\n')[0]}\n`)).toEqual(status(400))
  })

  test('with 400 a text of the log that is no checkpoint', async () => {
    const witness = testWitness([log.verifierKey])
    const note = await signNote(`${ORIGIN}\nnot-a-size\nnot-a-hash\n`, [log.signer])

    expect(await witness.addCheckpoint(`old 0\n\n${note}`)).toEqual(status(400))
  })

  test('with 400 more than 63 proof lines, and with 413 more than 64 kB', async () => {
    const witness = testWitness([log.verifierKey])
    const line = `${Buffer.alloc(32).toString('base64')}\n`

    expect(await witness.addCheckpoint(`old 0\n${line.repeat(64)}\n${await log.note(5)}`)).toEqual(status(400))
    expect(await witness.addCheckpoint('a'.repeat(65_537))).toEqual(status(413))
  })

  test('with 403 a checkpoint that no key of the log has signed, or whose signature is bad', async () => {
    const witness = testWitness([log.verifierKey])
    const stranger = await testLog(5, 'entry', 9)
    const note = await log.note(5)
    const broken = note.replace(/.{8}\n$/, 'AAAAAAA=\n')

    expect(await witness.addCheckpoint(await stranger.body(0, 5))).toEqual(status(403))
    expect(await witness.addCheckpoint(`old 0\n\n${broken}`)).toEqual(status(403))
  })

  test('with 404 a log that it does not know, even one whose key it has under another name', async () => {
    const witness = testWitness([log.verifierKey])
    const text = formatCheckpoint({ origin: 'other.example', size: 5, root: await log.root(5) })

    expect(await witness.addCheckpoint(`old 0\n\n${await signNote(text, [log.signer])}`)).toEqual(status(404))
  })

  test('with 409 and its own size every other old size', async () => {
    const witness = testWitness([log.verifierKey])

    expect(await witness.addCheckpoint(await log.body(3, 5))).toEqual(size(0))
    await witness.addCheckpoint(await log.body(0, 5))
    expect(await witness.addCheckpoint(await log.body(0, 5))).toEqual(size(5))
    expect(await witness.addCheckpoint(await log.body(3, 9))).toEqual(size(5))
    expect(await witness.addCheckpoint(await log.body(0, 3))).toEqual(size(5))
  })

  test('with 422 another history, a missing or wrong proof, and a proof between equal sizes', async () => {
    const witness = testWitness([log.verifierKey])
    await witness.addCheckpoint(await log.body(0, 5))
    const body = (oldSize: number, proof: readonly Uint8Array[], note: string): string =>
      formatAddCheckpoint({ oldSize, proof, note })

    expect(await witness.addCheckpoint(await other.body(5, 9))).toEqual(status(422))
    expect(await witness.addCheckpoint(body(5, [], await log.note(9)))).toEqual(status(422))
    expect(await witness.addCheckpoint(body(5, await log.proof(5, 8), await log.note(9)))).toEqual(status(422))
    expect(await witness.addCheckpoint(body(5, [new Uint8Array(32)], await log.note(5)))).toEqual(status(422))
    expect(await witness.addCheckpoint(body(5, [], await other.note(5)))).toEqual(status(422))
  })

  test('with 422 a proof from size 0, and a size of 0 with the root of something', async () => {
    const witness = testWitness([log.verifierKey])
    const proof = [new Uint8Array(32)]
    const nothing = formatCheckpoint({ origin: ORIGIN, size: 0, root: await log.root(1) })
    const signed = await signNote(nothing, [log.signer])

    expect(await witness.addCheckpoint(formatAddCheckpoint({ oldSize: 0, proof, note: await log.note(5) }))).toEqual(
      status(422),
    )
    expect(await witness.addCheckpoint(formatAddCheckpoint({ oldSize: 0, proof, note: await log.note(0) }))).toEqual(
      status(422),
    )
    expect(await witness.addCheckpoint(`old 0\n\n${signed}`)).toEqual(status(422))
    expect(Buffer.from(await log.root(0))).toEqual(Buffer.from(EMPTY_ROOT))
  })

  test('whatever is refused with no cosignature and no change of what it holds', async () => {
    const witness = testWitness([log.verifierKey])
    await witness.addCheckpoint(await log.body(0, 5))
    const before = await witness.latest(ORIGIN)
    const answers = [await witness.addCheckpoint(await other.body(5, 9)), await witness.addCheckpoint('')]

    expect(answers.filter(({ body }) => body.includes('—'))).toEqual([])
    await expect(witness.latest(ORIGIN)).resolves.toBe(before)
  })

  test('any request of which one byte was changed, or answers it as the same one', async () => {
    const body = Buffer.from(await log.body(5, 9))
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: body.length - 1 }), fc.integer({ min: 1, max: 255 }), async (at, mask) => {
        const witness = testWitness([log.verifierKey])
        await witness.addCheckpoint(await log.body(0, 5))
        const changed = Uint8Array.from(body, (byte, index) => (index === at ? byte ^ mask : byte))

        expect((await witness.addCheckpoint(changed)).status).not.toBe(200)
      }),
      { numRuns: 200 },
    )
  })
})

describe('fifty requests at once', () => {
  test('to witnesses of one store in memory never get two cosignatures that are not of one line', async () => {
    expect(await race(createMemoryStore())).toEqual(ONE_LINE)
  })

  test('to witnesses of one SQLite store never get two cosignatures that are not of one line', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'sallyport-witness-'))
    const store = await openSqlite({ path: join(folder, 'witness.db') })
    const raced = await race(store)
    await store.close()
    await rm(folder, { recursive: true, force: true })

    expect(raced).toEqual(ONE_LINE)
  })
})

describe('a witness and its store', () => {
  test('goes on from what was cosigned before a restart', async () => {
    const store = createMemoryStore()
    await testWitness([log.verifierKey], { store }).addCheckpoint(await log.body(0, 5))
    const witness = testWitness([log.verifierKey], { store })

    expect(await witness.addCheckpoint(await other.body(0, 9))).toEqual(size(5))
    expect(await witness.addCheckpoint(await log.body(5, 9))).toEqual(status(200))
  })

  test('answers nothing that it could not keep', async () => {
    const store = createMemoryStore()
    const broken = { ...bound(store), commit: async () => Promise.reject(new StoreError('ERR_STORE_UNAVAILABLE', 'x')) }
    const witness = testWitness([log.verifierKey], { store: broken })

    await expect(witness.addCheckpoint(await log.body(0, 5))).rejects.toEqual(code('ERR_STORE_UNAVAILABLE'))
  })

  test('asks again what became of a commit whose outcome is unknown', async () => {
    const store = createMemoryStore()
    let isLost = true
    const commit: Store['commit'] = async (one) => {
      const committed = await store.commit(one)
      if (!isLost) return committed
      isLost = false
      throw new StoreError('ERR_STORE_OUTCOME_UNKNOWN', 'x')
    }
    const witness = testWitness([log.verifierKey], { store: { ...bound(store), commit } })

    expect(await witness.addCheckpoint(await log.body(0, 5))).toEqual(status(200))
    expect(await witness.addCheckpoint(await log.body(5, 9))).toEqual(status(200))
  })

  test('cosigns nothing while it cannot read what it cosigned', async () => {
    const store = createMemoryStore()
    await store.commit({
      id: 'damage',
      writes: [{ op: 'put', key: ['witness', ORIGIN], value: { size: -1 }, expect: null }],
      entries: [],
    })
    const witness = testWitness([log.verifierKey], { store })

    await expect(witness.addCheckpoint(await log.body(0, 5))).rejects.toEqual(code('ERR_WITNESS_RECORD'))
  })

  test('gives up when others change its state again and again', async () => {
    const store = createMemoryStore()
    const commit: Store['commit'] = async () => ({ ok: false, code: 'conflict', key: [] })
    const witness = testWitness([log.verifierKey], { store: { ...bound(store), commit } })

    await expect(witness.addCheckpoint(await log.body(0, 5))).rejects.toEqual(code('ERR_WITNESS_BUSY'))
  })
})

describe('createWitness', () => {
  const make = (more: object): (() => Witness) => {
    const options = { store: createMemoryStore(), logs: [log.verifierKey], name: WITNESS, ...testKey(50), ...more }
    return () => createWitness(options)
  }

  test('refuses a key that signs one of the logs', () => {
    expect(make(testKey(1))).toThrow(code('ERR_WITNESS_OPTIONS'))
  })

  test('refuses no logs, malformed keys, keys of witnesses, and origins that fit no record', () => {
    const long = formatVerifierKey('a'.repeat(500), testKey(1).publicKey)

    expect(make({ logs: [] })).toThrow(code('ERR_WITNESS_OPTIONS'))
    expect(make({ logs: ['garbage'] })).toThrow(code('ERR_WITNESS_OPTIONS'))
    expect(make({ logs: [formatCosignerKey('w', testKey(1).publicKey)] })).toThrow(code('ERR_WITNESS_OPTIONS'))
    expect(make({ logs: [long] })).toThrow(code('ERR_WITNESS_OPTIONS'))
    expect(make({ logs: [{ origin: '', verifierKey: log.verifierKey }] })).toThrow(code('ERR_WITNESS_OPTIONS'))
    expect(make({ logs: [{ origin: 'a\nb', verifierKey: log.verifierKey }] })).toThrow(code('ERR_WITNESS_OPTIONS'))
  })

  test('refuses a bad name, a key of another length and an option that there is not', () => {
    expect(make({ name: 'a b' })).toThrow(code('ERR_WITNESS_OPTIONS'))
    expect(make({ publicKey: new Uint8Array(31) })).toThrow(code('ERR_WITNESS_OPTIONS'))
    expect(make({ publicKey: new Uint8Array(1312) })).toThrow(code('ERR_WITNESS_OPTIONS'))
    expect(make({ keys: [] })).toThrow(/did you mean "sign"|did you mean/)
  })

  test('uses the system’s clock if none is given', async () => {
    const witness = make({})()
    const before = Math.floor(Date.now() / 1000)
    const answer = await witness.addCheckpoint(await log.body(0, 5))

    expect(timeOf(answer.body, witness)).toBeGreaterThanOrEqual(before)
  })
})

// All fifty ask from size 1, so one alone can go on from there. After that sizes only grow, each one only once.
const ONE_LINE = { cosigned: ['log'], isHeld: true, isClimbOfOneLine: true }

/** Asks two witnesses of one store, as two processes are, for fifty checkpoints of two histories at once. */
async function race(store: Store): Promise<typeof ONE_LINE> {
  const witnesses = [testWitness([log.verifierKey], { store }), testWitness([log.verifierKey], { store })] as const
  await witnesses[0].addCheckpoint(await log.body(0, 1))
  const tries = Array.from({ length: 50 }, async (_, at) => {
    const history = at % 5 === 0 ? 'other' : 'log'
    const to = 2 + (at % 25)
    const { status: code, body } = await witnesses[at % 2 === 0 ? 0 : 1].addCheckpoint(
      await (history === 'log' ? log : other).body(1, to),
    )
    return { code, body, history }
  })
  const cosigned = (await Promise.all(tries)).filter(({ code }) => code === 200)
  const latest = (await witnesses[1].latest(ORIGIN)) ?? ''
  return {
    cosigned: cosigned.map(({ history }) => history),
    isHeld: latest.includes(cosigned[0]?.body ?? 'nothing'),
    isClimbOfOneLine: await climb(witnesses, Number(latest.split('\n')[1])),
  }
}

/** Lets both go on at once from wherever they are told they are; tells whether each size was cosigned once. */
async function climb(witnesses: readonly [Witness, Witness], from: number): Promise<boolean> {
  const sizes: number[] = [from]
  const one = async (witness: Witness): Promise<void> => {
    for (let old = from; old < 64;) {
      const to = Math.min(old + 3, 64)
      const answer = await witness.addCheckpoint(await log.body(old, to))
      if (answer.status === 200) sizes.push(to)
      old = answer.status === 200 ? to : Number(answer.body)
    }
  }
  await Promise.all(witnesses.map(one))
  return new Set(sizes).size === sizes.length && Math.max(...sizes) === 64
}

function timeOf(line: string, witness: Witness): number | undefined {
  const encoded = line.trimEnd().split(' ').at(-1) ?? ''
  const signature = Buffer.from(encoded, 'base64').subarray(4)
  return cosignatureTime({ name: WITNESS, keyId: parseCosignerKey(witness.verifierKey).keyId, signature })
}

function bound(store: Store): Store {
  return {
    get: async (keys) => await store.get(keys),
    list: async (prefix, page) => await store.list(prefix, page),
    due: async (prefix, limit) => await store.due(prefix, limit),
    commit: async (commit) => await store.commit(commit),
    read: async (from, limit) => await store.read(from, limit),
    readBytes: async (from, limit) => await store.readBytes(from, limit),
    find: async (query, page) => await store.find(query, page),
    first: async () => await store.first(),
    size: async () => await store.size(),
    now: () => store.now(),
    close: async () => await store.close(),
  }
}
