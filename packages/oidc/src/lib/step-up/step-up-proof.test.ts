import { manualClock } from '@sallyport/testing'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createTestKeyring } from '../../../test/world.ts'
import { createLogoutHints } from '../logout-hint.ts'
import { createStepUpSeals } from './step-up-proof.ts'
import { createTransactions } from '../transactions.ts'
import type { StepUpProof, StepUpTicket } from './step-up-proof.ts'
import type { CookieExchange } from '../transactions.ts'
import type { Transaction } from '../transaction.ts'

const keyring = createTestKeyring()
const clock = manualClock()
const seals = createStepUpSeals({ keyring, clock })
const transactions = createTransactions({
  keyring,
  clock,
  secure: false,
  callbackUrl: 'http://127.0.0.1:9/auth/callback',
})
const hints = createLogoutHints({ keyring, secure: false, path: '/auth/logout' })

const BOUND = { stepUp: 'S1', bind: 'b', user: 'ann', issuer: 'https://id.example', provider: 'work' }
const TICKET: StepUpTicket = { ...BOUND, acrValues: ['mfa'], maxAge: 150, issuedAt: clock.now() }
const PROOF: StepUpProof = { ...BOUND, result: { ok: false, reason: 'wrong_subject' } }
const TRANSACTION: Transaction = {
  state: 's',
  nonce: 'n',
  verifier: 'v',
  issuer: BOUND.issuer,
  clientId: 'c',
  callbackUrl: 'http://a.example/callback',
  lineage: 'l',
  flow: 'f',
  returnTo: '/',
  startedAt: clock.now(),
  maxAge: 150,
  acrValues: ['mfa'],
  purpose: { for: 'step_up', user: 'ann', stepUp: 'S1', bind: 'b' },
}

/** Takes what is set as a cookie: its name and its value. */
async function cookieOf(setting: (cookies: CookieExchange) => Promise<void>): Promise<readonly [string, string]> {
  const set: string[] = []
  await setting({ header: undefined, set: (cookie) => void set.push(cookie) })
  const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(set.at(-1) ?? '') ?? []
  return [name, value]
}

describe('what is sealed for a step-up', () => {
  test('F-26 v5.0.0-9.2.2 opens as what it is and as nothing else, whichever two are swapped', async () => {
    const [transactionName, transaction] = await cookieOf((cookies) => transactions.put(cookies, TRANSACTION))
    const [hintName, hint] = await cookieOf((cookies) =>
      hints.keep(cookies, { lineage: 'l', issuer: BOUND.issuer, idToken: 'i' }),
    )
    const sealed = [await seals.sealTicket(TICKET), await seals.sealProof(PROOF), transaction, hint]
    const openers: readonly ((text: string) => Promise<unknown>)[] = [
      (text) => seals.openTicket(text),
      (text) => seals.openProof(text, clock.now()),
      (text) => transactions.peek(`${transactionName}=${text}`, 's'),
      (text) => hints.take({ header: `${hintName}=${text}`, set: () => undefined }, 'l'),
    ]

    const opened = await Promise.all(
      openers.map(async (open) => await Promise.all(sealed.map(async (text) => (await open(text)) !== undefined))),
    )

    expect(opened).toEqual(openers.map((_, row) => sealed.map((__, column) => row === column)))
  })

  test('is a ticket for five minutes and a proof for one', async () => {
    const own = manualClock()
    const [now, moving] = [own.now(), createStepUpSeals({ keyring, clock: own })]
    const ticket = await moving.sealTicket({ ...TICKET, issuedAt: now })
    const proof = await moving.sealProof(PROOF)
    own.advance(300_000)

    expect(await moving.openTicket(ticket)).toMatchObject(BOUND)
    expect(await moving.openProof(proof, now + 60_000)).toMatchObject(PROOF)
    expect(await moving.openProof(proof, now + 60_001)).toBeUndefined()
    own.advance(1)
    expect(await moving.openTicket(ticket)).toBeUndefined()
  })

  test('F-17 is nothing when it is not whole, whatever JSON our own key may have sealed (property)', async () => {
    const seal = (context: string, value: unknown): Promise<string> =>
      keyring.seal(context, new TextEncoder().encode(JSON.stringify(value)))

    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), fc.constantFrom(...Object.keys(TICKET)), async (value, name) => {
        const spoilt = { ...TICKET, [name]: Array.isArray(value) || value === null ? {} : value }
        const ticket = await seals.openTicket(await seal('oidc.step-up-ticket', value))
        const other = await seals.openTicket(await seal('oidc.step-up-ticket', spoilt))
        const proof = await seals.openProof(await seal('oidc.step-up-proof', value), clock.now())

        expect([ticket, proof]).toEqual([undefined, undefined])
        expect(other === undefined || typeof Reflect.get(other, name) === typeof Reflect.get(TICKET, name)).toBe(true)
      }),
    )
  })

  test('cannot be judged while the key ring is down, which is no refusal', async () => {
    const fail = (): Promise<never> => Promise.reject(new Error('The key service is down'))
    const broken = createStepUpSeals({ keyring: { ...keyring, seal: fail, unseal: fail }, clock })
    const unavailable = expect.objectContaining({ code: 'ERR_OIDC_STORE_UNAVAILABLE', status: 503 })

    await expect(broken.openTicket('sealed')).rejects.toThrow(unavailable)
    await expect(broken.openProof('sealed', clock.now())).rejects.toThrow(unavailable)
    await expect(broken.sealTicket(TICKET)).rejects.toThrow(unavailable)
    await expect(broken.sealProof(PROOF)).rejects.toThrow(unavailable)
  })
})
