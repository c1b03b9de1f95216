import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { Customer } from './bank/customer.ts'
import { startBank, type RunningBank } from './bank/start-bank.ts'

describe('the bank by plain HTTP, with forms only', () => {
  let bank: RunningBank
  beforeAll(async () => {
    bank = await startBank()
  })
  afterAll(async () => await bank.destroy())

  test('takes a person through both doors to one transfer', async () => {
    const customer = new Customer(bank)

    const account = await customer.signIn()
    const authenticators = await customer.enrol()
    const challenge = await customer.transfer('Grandma', '25.00')
    const refused = await customer.answer(challenge, customer.wrongCode())
    const summary = await customer.answer(refused, customer.code())
    const done = await customer.browser.submit(summary.form('/transfer'))

    expect(account.text).toContain('Account')
    expect(authenticators.text).toContain('Authenticator app')
    expect(challenge.text).toContain('Grandma')
    expect(challenge.text).toContain('25.00')
    expect(refused.status).toBe(422)
    expect(summary.url).toContain('/step-up/resume/')
    expect(done.text).toContain('Transfer made')
    expect(await customer.transfersTo('Grandma')).toBe(1)
  })
})
