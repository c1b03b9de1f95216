import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'

import { Customer } from './bank/customer.ts'
import { queryBank, verifyBank } from './bank/run-sallyport.ts'
import { readWinstonFile, startBank, type RunningBank } from './bank/start-bank.ts'

// The whole story of one person's first transfer, in the order in which it is told.
const STORY = [
  'oidc.login.started',
  'oidc.login.succeeded',
  'session.started',
  'authenticator.enrolled',
  'step_up.required',
  'challenge.issued',
  'challenge.attempt_failed',
  'challenge.verified',
  'step_up.satisfied',
  'session.rotated',
  'step_up.grant.consumed',
  'access.allowed',
  'access.completed',
]

describe('the bank by plain HTTP, with forms only', () => {
  let bank: RunningBank
  beforeAll(async () => {
    bank = await startBank({ TRUST_PROXY: 'loopback' })
  })
  afterAll(async () => await bank.destroy())

  test('F-08 v5.0.0-2.3.4 v5.0.0-6.5.1 takes a person through both doors to one transfer, and refuses code and grant a second time', async () => {
    const customer = new Customer(bank)

    const account = await customer.signIn()
    const authenticators = await customer.enrol()
    const challenge = await customer.transfer('Grandma', '25.00')
    const refused = await customer.answer(challenge, customer.wrongCode())
    const code = customer.code()
    const summary = await customer.answer(refused, code)
    const done = await customer.browser.submit(summary.form('/transfer'))
    const again = await customer.browser.submit(summary.form('/transfer'))
    const other = await customer.transfer('Grandma', '25.00')
    const reused = await customer.answer(other, code)

    expect(account.text).toContain('What the guard wrote down about you')
    expect(authenticators.text).toContain('Authenticator app')
    expect(challenge.text).toContain('Grandma')
    expect(challenge.text).toContain('25.00')
    expect(refused.status).toBe(422)
    expect(summary.url).toContain('/step-up/resume/')
    expect(done.text).toContain('Transfer made')
    expect(again.status).toBe(409)
    expect(reused.status).toBe(422)
    expect(reused.text).toContain('already used')
    expect(await customer.transfersTo('Grandma')).toBe(1)
  })

  test('v5.0.0-16.3.1 v5.0.0-16.3.2 tells each step of a first transfer in order, joined by one lineage and by its flow', async () => {
    const customer = new Customer(bank)
    await customer.signIn('teller')
    await customer.enrol()
    const refused = await customer.answer(await customer.transfer('Uncle', '7.50'), customer.wrongCode())
    const summary = await customer.answer(refused, customer.code())
    await customer.browser.submit(summary.form('/transfer'))

    const required = (await queryBank(bank, '--type', 'step_up.required')).at(-1)
    const events = await queryBank(bank, '--lineage', required?.lineage ?? '')
    const story = STORY.map((type) =>
      events.find((event) => event.type === type && (event.flow === required?.flow || !isStepUp(event.type))),
    )

    expect(story.map((event) => event?.type)).toEqual(STORY)
    expect(story.map((event) => event?.index)).toEqual(
      story.map((event) => event?.index).toSorted((a, b) => Number(a) - Number(b)),
    )
    expect(story.filter((event) => isStepUp(event?.type ?? '')).map((event) => event?.flow)).toEqual(
      Array(9).fill(required?.flow),
    )
    expect(story.slice(1).every((event) => event?.actor !== undefined)).toBe(true)
    expect(story.every((event) => event?.device !== undefined && event.net?.ip === '127.0.0.0/24')).toBe(true)
    expect(story.find((event) => event?.type === 'access.allowed')?.authn?.factor).toBe('totp')
    expect(story.find((event) => event?.type === 'challenge.attempt_failed')).toMatchObject({
      outcome: 'failure',
      reason: 'wrong_code',
      authn: { factor: 'totp' },
    })
  })

  test('v5.0.0-16.3.2 writes down who tried to look at an account, from which country and with which browser', async () => {
    const response = await fetch(`${bank.url}/account`, {
      redirect: 'manual',
      headers: {
        'X-Forwarded-For': '193.99.144.80',
        'Sec-CH-UA': '"Brave";v="131", "Not_A Brand";v="24"',
        'Sec-CH-UA-Mobile': '?0',
        'Sec-CH-UA-Platform': '"macOS"',
      },
    })
    const id = response.headers.get('X-Request-Id')
    const events = await queryBank(bank, '--type', 'access.completed')
    const event = events.find(({ request }) => request?.id === id)

    expect(event).toMatchObject({
      target: { app: 'bank', method: 'GET', route: '/account' },
      net: { ip: '193.99.144.0/24', country: 'DE', hops: 1 },
      device: { browser: 'Brave 131', os: 'macOS', type: 'desktop' },
      data: { aborted: false, status: response.status },
    })
    expect(JSON.stringify(event)).not.toMatch(/193\.99\.144\.80|Not_A Brand/)
  })

  test('v5.0.0-16.2.1 writes the ids of the request and no word of it into the log of the application itself', async () => {
    const response = await fetch(`${bank.url}/api/transfer`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: '{"to": "Grandma", "amount": ',
    })
    const line = await vi.waitFor(() => {
      const found = /^.*request failed.*$/m.exec(bank.errors())?.[0]
      if (found === undefined) throw new Error('The line is not there yet.')
      return found
    })

    expect(JSON.parse(line)).toEqual({
      level: 'error',
      message: 'request failed',
      method: 'POST',
      status: 400,
      error: expect.stringMatching(/^[\w.]+$/),
      requestId: response.headers.get('X-Request-Id'),
      traceId: expect.stringMatching(/^[0-9a-f]{32}$/),
      spanId: expect.stringMatching(/^[0-9a-f]{16}$/),
    })
  })

  test('v5.0.0-16.4.3 keeps a ledger that verifies, and copies every event to the winston file in the same order', async () => {
    const verified = await verifyBank(bank)
    const events = await queryBank(bank)
    await bank.stop('SIGTERM')
    const copies = await readWinstonFile(bank)

    expect(verified).toMatchObject({ code: 0, report: { verdict: 'good', problems: [] } })
    expect(copies.slice(0, events.length).map(({ audit }) => audit.id)).toEqual(events.map(({ id }) => id))
  })
})

/** Whether an event belongs to the flow of the step-up, and not to login or enrolment. */
function isStepUp(type: string): boolean {
  return STORY.indexOf(type) >= STORY.indexOf('step_up.required')
}
