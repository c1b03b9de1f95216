import { createServer, type RequestListener } from 'node:http'
import { formatSignatures } from '@sallyport/tlog/witness'
import { describe, expect, test } from 'vitest'
import { testKey, testLog } from '../../test/log.ts'
import { withServer } from '../../test/serve.ts'
import { testWitness, WITNESS } from '../../test/witness.ts'
import { httpWitness, type HttpWitness } from './http-witness.ts'
import { witnessHandler } from './witness-handler.ts'
import { formatCosignerKey } from '@sallyport/tlog/witness'

const code = (value: string): unknown => expect.objectContaining({ code: value })
const log = await testLog(16)
const other = await testLog(16, 'another history')
const verifierKey = formatCosignerKey(WITNESS, testKey(50).publicKey)
const first = { oldSize: 0, proof: [], note: await log.note(5) }

describe('a witness that is asked over HTTP', () => {
  test('gives its cosignature, and then one that continues it', async () => {
    await withWitness(async (witness) => {
      const next = { oldSize: 5, proof: await log.proof(5, 9), note: await log.note(9) }

      expect(await witness.addCheckpoint(first)).toMatchObject({ ok: true, signatures: expect.stringMatching(LINE) })
      expect(await witness.addCheckpoint(next)).toMatchObject({ ok: true, signatures: expect.stringMatching(LINE) })
    })
  })

  test('says which size it holds', async () => {
    await withWitness(async (witness) => {
      await witness.addCheckpoint(first)

      expect(await witness.addCheckpoint(first)).toEqual({ ok: false, code: 'conflict', size: 5 })
    })
  })

  test('says with which status it refuses', async () => {
    await withWitness(async (witness) => {
      await witness.addCheckpoint(first)
      const request = { oldSize: 5, proof: await other.proof(5, 9), note: await other.note(9) }

      expect(await witness.addCheckpoint(request)).toEqual({ ok: false, code: 'refused', status: 422 })
    })
  })

  test('is found under the path of its URL, with or without a slash at its end', async () => {
    const listener = witnessHandler(testWitness([log.verifierKey]), { submissionPrefix: '/w/v1' })
    await withServer(listener, async (url) => {
      const answer = await httpWitness({ url: `${url}/w/v1/`, verifierKey }).addCheckpoint(first)

      expect(answer).toMatchObject({ ok: true })
    })
  })
})

describe('an answer that is not believed', () => {
  test('is one with no cosignature of the witness, or a bad one', async () => {
    const zeros = formatSignatures([{ name: WITNESS, keyId: keyIdOf(verifierKey), signature: new Uint8Array(72) }])
    const refused = code('ERR_WITNESS_ANSWER')

    await withAnswer({ status: 200, body: '' }, async (witness) =>
      expect(witness.addCheckpoint(first)).rejects.toEqual(refused),
    )
    await withAnswer({ status: 200, body: 'OK' }, async (witness) =>
      expect(witness.addCheckpoint(first)).rejects.toEqual(refused),
    )
    await withAnswer({ status: 200, body: zeros }, async (witness) =>
      expect(witness.addCheckpoint(first)).rejects.toEqual(refused),
    )
  })

  test('is one over another checkpoint, or of another witness', async () => {
    const elsewhere = await testWitness([log.verifierKey]).addCheckpoint(await log.body(0, 9))
    const stranger = await testWitness([log.verifierKey], testKey(51)).addCheckpoint(await log.body(0, 5))
    const refused = code('ERR_WITNESS_ANSWER')

    await withAnswer({ status: 200, body: elsewhere.body }, async (witness) => {
      await expect(witness.addCheckpoint(first)).rejects.toEqual(refused)
    })
    await withAnswer({ status: 200, body: stranger.body }, async (witness) => {
      await expect(witness.addCheckpoint(first)).rejects.toEqual(refused)
    })
  })

  test('hands on nothing but the lines that were verified', async () => {
    const good = await testWitness([log.verifierKey]).addCheckpoint(await log.body(0, 5))
    const stranger = await testWitness([log.verifierKey], testKey(51)).addCheckpoint(await log.body(0, 5))

    await withAnswer({ status: 200, body: stranger.body + good.body }, async (witness) => {
      expect(await witness.addCheckpoint(first)).toEqual({ ok: true, signatures: good.body })
    })
  })

  test('is one without a time', async () => {
    const timeless = testWitness([log.verifierKey], { clock: { now: () => 0 } })
    const answer = await timeless.addCheckpoint(await log.body(0, 5))

    await withAnswer({ status: 200, body: answer.body }, async (witness) => {
      await expect(witness.addCheckpoint(first)).rejects.toEqual(code('ERR_WITNESS_ANSWER'))
    })
  })

  test('is one above 64 kB', async () => {
    await withAnswer({ status: 200, body: 'a'.repeat(65_537) }, async (witness) => {
      await expect(witness.addCheckpoint(first)).rejects.toEqual(code('ERR_WITNESS_ANSWER'))
    })
  })

  test('is a size of another type or form: then it is a refusal', async () => {
    const refused = { ok: false, code: 'refused', status: 409 }
    const sizes = ['', '50', '050\n', '-1\n', '9007199254740992\n', '5\n5\n']

    for (const body of sizes) {
      expect(await answerTo({ status: 409, body, type: 'text/x.tlog.size' })).toEqual(refused)
    }
    expect(await answerTo({ status: 409, body: '10\n' })).toEqual(refused)
    expect(await answerTo({ status: 409, body: '51\n', type: 'text/x.tlog.size; charset=utf8' })).toEqual(refused)
    expect(await answerTo({ status: 409, body: '0\n', type: 'text/x.tlog.size' })).toEqual({
      ok: false,
      code: 'conflict',
      size: 0,
    })
  })

  test('is a redirect: it is not followed', async () => {
    let isFollowed = false
    const listener: RequestListener = (request, response) => {
      isFollowed ||= request.url !== '/add-checkpoint'
      response.writeHead(307, { location: '/elsewhere' }).end()
    }
    await withServer(listener, async (url) => {
      const answer = await httpWitness({ url, verifierKey }).addCheckpoint(first)

      expect([answer, isFollowed]).toEqual([{ ok: false, code: 'refused', status: 307 }, false])
    })
  })
})

describe('a witness that cannot be reached', () => {
  test('is one where nobody listens', async () => {
    const server = createServer()
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve)
    })
    const address = server.address()
    const port = typeof address === 'object' ? address?.port : 0
    await new Promise((resolve) => server.close(resolve))
    const witness = httpWitness({ url: `http://127.0.0.1:${port}`, verifierKey })

    await expect(witness.addCheckpoint(first)).rejects.toEqual(code('ERR_WITNESS_UNREACHABLE'))
  })

  test('is one that never answers, or never ends its answer', async () => {
    const silent: RequestListener = () => undefined
    const endless: RequestListener = (_, response) => void response.writeHead(200).write('—')

    for (const listener of [silent, endless]) {
      await withServer(listener, async (url) => {
        const witness = httpWitness({ url, verifierKey, timeoutMs: 50 })

        await expect(witness.addCheckpoint(first)).rejects.toEqual(code('ERR_WITNESS_UNREACHABLE'))
      })
    }
  })
})

describe('httpWitness', () => {
  const make = (more: object) => (): HttpWitness => httpWitness({ url: 'https://w.example', verifierKey, ...more })

  test('takes https, and http only to this machine itself', () => {
    for (const url of ['https://w.example/v1', 'http://127.0.0.1:80', 'http://localhost/a', 'http://[::1]:9']) {
      expect(make({ url })).not.toThrow()
    }
    for (const url of [
      'http://w.example',
      'http://127.0.0.1.example',
      'ftp://127.0.0.1',
      'w.example',
      '',
      'file:///w',
    ]) {
      expect(make({ url })).toThrow(code('ERR_WITNESS_OPTIONS'))
    }
    for (const url of ['https://u:p@w.example', 'https://w.example?a', 'https://w.example#a']) {
      expect(make({ url })).toThrow(code('ERR_WITNESS_OPTIONS'))
    }
  })

  test('names its cursor after the key, or as it is told', () => {
    expect(make({})().name).toMatch(/^witness-example-w1-[0-9a-f]{8}$/)
    expect(make({ name: 'ours' })().name).toBe('ours')
    expect(make({ name: 'Ours' })).toThrow(code('ERR_WITNESS_OPTIONS'))
  })

  test('refuses the key of a log, a timeout out of bounds and an option that there is not', () => {
    expect(make({ verifierKey: log.verifierKey })).toThrow(code('ERR_WITNESS_OPTIONS'))
    expect(make({ timeoutMs: 0 })).toThrow(code('ERR_WITNESS_OPTIONS'))
    expect(make({ timeout: 5 })).toThrow(/did you mean "timeoutMs"/)
  })
})

const LINE = /^— witness\.example\/w1 \S+\n$/

async function withWitness(use: (witness: HttpWitness) => Promise<void>): Promise<void> {
  await withServer(witnessHandler(testWitness([log.verifierKey])), async (url) => {
    await use(httpWitness({ url, verifierKey }))
  })
}

interface FixedAnswer {
  readonly status: number
  readonly body: string
  readonly type?: string
}

/** Asks a server that answers everything in one way. */
async function withAnswer(
  { status, body, type = 'text/plain' }: FixedAnswer,
  use: (witness: HttpWitness) => Promise<void>,
): Promise<void> {
  const listener: RequestListener = (_, response) => void response.writeHead(status, { 'content-type': type }).end(body)
  await withServer(listener, async (url) => use(httpWitness({ url, verifierKey })))
}

async function answerTo(answer: FixedAnswer): Promise<unknown> {
  let given: unknown
  await withAnswer(answer, async (witness) => {
    given = await witness.addCheckpoint(first)
  })
  return given
}

function keyIdOf(text: string): number {
  return Number.parseInt(text.split('+')[1] ?? '', 16)
}
