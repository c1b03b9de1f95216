import { once } from 'node:events'

import { verifyReceipt, type ReceiptVerdict } from '@sallyport/audit/ledger'
import type { Request, RequestHandler } from 'express'
import { describe, expect, test, vi } from 'vitest'

import type { Person } from '../../test/person.ts'
import { openWorld, verifierKey, type Instance, type World, type WorldOptions } from '../../test/world.ts'

interface Made {
  readonly world: World
  readonly ann: Person
  /** What the handlers were promised, in order. */
  readonly promised: Promise<string>[]
}

/** A world whose handlers ask for receipts, and a person who can prove herself there. */
async function withReceipts(options: WorldOptions = {}): Promise<Made> {
  const promised: Promise<string>[] = []
  const routes = (app: Parameters<NonNullable<WorldOptions['routes']>>[0], { stepUp }: Instance): void => {
    const ask: RequestHandler = (req, res) => {
      const receipt = stepUp.receiptOf(req)
      // Somebody looks at it later; until then a rejection is nobody's fault.
      receipt.catch(() => undefined)
      promised.push(receipt)
      res.json({})
    }
    const action = (req: Request): { name: string; show: Record<string, string> } => ({
      name: 'pay',
      show: { to: String(req.body.to) },
    })
    app.post('/open', ask)
    app.post('/gated', stepUp.requireStepUp({ name: 'gated' }), ask)
    app.post('/pay', stepUp.requireStepUp({ name: 'pay', action }), ask)
    app.post('/tried', stepUp.requireStepUp({ name: 'tried', mode: 'report' }), ask)
    app.post('/twice', stepUp.requireStepUp({ name: 'outer' }), stepUp.requireStepUp({ name: 'inner' }), ask)
    app.post('/slow', stepUp.requireStepUp({ name: 'slow' }), (req, res) => {
      const receipt = once(res, 'close').then(async () => await stepUp.receiptOf(req))
      receipt.catch(() => undefined)
      promised.push(receipt)
    })
  }
  const world = await openWorld({ ...options, routes })
  const ann = world.person()
  await ann.signIn()
  await ann.enrol()
  return { world, ann, promised }
}

async function judge({ world, promised }: Made): Promise<readonly ReceiptVerdict[]> {
  const verifierKeys = [await verifierKey(world.keyring)]
  return (await Promise.all(promised)).map((receipt) => verifyReceipt(receipt, { verifierKeys }))
}

/** Somebody is let in to a route, and to one that is bound to an action: what the receipts prove, and what was recorded. */
async function payAndProve(
  options: WorldOptions,
): Promise<Readonly<Record<'proved' | 'recorded', readonly unknown[]>>> {
  const made = await withReceipts(options)
  await made.ann.postProving('/gated', { json: {} })
  await made.ann.postProving('/pay', { json: { to: 'Bob' } })
  const proved = (await judge(made)).map((verdict) => verdict.ok && verdict.event)
  return { proved, recorded: (await made.world.events('access.allowed')).slice(-2) }
}

async function codesOf({ promised }: Made): Promise<readonly unknown[]> {
  const settled = await Promise.allSettled(promised)
  return settled.map((one) => (one.status === 'rejected' ? one.reason.code : 'made'))
}

describe('receiptOf', () => {
  test('proves the decision that let the request through, on a store in memory', async () => {
    const { proved, recorded } = await payAndProve({ store: 'memory' })

    expect(proved).toEqual(recorded)
    expect(proved).toMatchObject([
      { target: { route: '/gated', method: 'POST' }, authn: { factor: 'webauthn' }, data: { requirement: 'gated' } },
      { target: { route: '/pay', method: 'POST' }, authn: { factor: 'webauthn' }, data: { action: 'pay' } },
    ])
  })

  test('proves it on a database', async () => {
    const { proved, recorded } = await payAndProve({ store: 'sqlite' })

    expect(proved).toEqual(recorded)
    expect(recorded).toHaveLength(2)
  })

  test('is of the last of several gates', async () => {
    const made = await withReceipts()
    await made.ann.postProving('/twice', { json: {} })

    expect(await judge(made)).toMatchObject([{ ok: true, event: { data: { requirement: 'inner' } } }])
  })

  test('is another one for every request', async () => {
    const made = await withReceipts()
    await made.ann.postProving('/gated', { json: {} })
    await Promise.all(Array.from({ length: 20 }, async () => await made.ann.post('/gated')))
    const verdicts = await judge(made)

    expect(new Set(verdicts.map((verdict) => verdict.ok && verdict.event.id)).size).toBe(21)
  })

  test('is made for a client that has hung up', async () => {
    const made = await withReceipts()
    await made.ann.postProving('/gated', { json: {} })
    const hangUp = new AbortController()
    const headers = { cookie: made.ann.cookieHeader, 'content-type': 'application/json' }
    const sent = fetch(`${made.world.url}/slow`, { method: 'POST', headers, body: '{}', signal: hangUp.signal })
    await vi.waitUntil(() => made.promised.length === 2)
    hangUp.abort()

    await expect(sent).rejects.toThrow(expect.objectContaining({ name: 'AbortError' }))
    expect((await judge(made)).at(-1)).toMatchObject({ ok: true, event: { data: { requirement: 'slow' } } })
  })

  test('is made only when it is asked for', async () => {
    const made = await withReceipts()
    const receipt = vi.spyOn(made.world.audit, 'receipt')
    await made.ann.postProving('/plain', { json: {} })
    const unasked = receipt.mock.calls.length
    await made.ann.postProving('/gated', { json: {} })

    expect([unasked, receipt.mock.calls.length]).toEqual([0, 1])
  })

  test('is refused where no gate let the request through, or one in report mode', async () => {
    const made = await withReceipts()
    await made.ann.post('/open')
    await made.ann.post('/tried')

    expect(await codesOf(made)).toEqual(['ERR_STEP_UP_NO_RECEIPT', 'ERR_STEP_UP_NO_RECEIPT'])
  })

  test('is refused without access events, but not for an action, which is always recorded', async () => {
    const made = await withReceipts({ stepUp: { accessEvents: false } })
    await made.ann.postProving('/gated', { json: {} })
    await made.ann.postProving('/pay', { json: { to: 'Bob' } })

    expect(await codesOf(made)).toEqual(['ERR_STEP_UP_NO_RECEIPT', 'made'])
  })

  test('rejects with what the ledger rejects with', async () => {
    const made = await withReceipts()
    const trouble = Object.assign(new Error('unsigned'), { code: 'ERR_AUDIT_UNSIGNED' })
    vi.spyOn(made.world.audit, 'receipt').mockRejectedValue(trouble)
    await made.ann.postProving('/gated', { json: {} })

    expect(await codesOf(made)).toEqual(['ERR_AUDIT_UNSIGNED'])
  })
})
