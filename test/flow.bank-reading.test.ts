import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { Customer } from './bank/customer.ts'
import { queryBank, runSallyport, storeOf, type PrintedEvent } from './bank/run-sallyport.ts'
import { startBank, type RunningBank } from './bank/start-bank.ts'

describe('the ledger of the bank, after its day', () => {
  let bank: RunningBank
  let events: readonly PrintedEvent[]
  beforeAll(async () => {
    bank = await startBank()
    const customer = new Customer(bank)
    await customer.signIn()
    await customer.enrol()
    const refused = await customer.answer(await customer.transfer('Grandma', '25.00'), customer.wrongCode())
    const summary = await customer.answer(refused, customer.code())
    await customer.browser.submit(summary.form('/transfer'))
    await bank.stop('SIGTERM')
    events = await queryBank(bank)
  })
  afterAll(async () => await bank.destroy())

  test('holds nothing that the inventory does not list', async () => {
    const { stdout } = await runSallyport('inventory', '--json')
    const listed = new Set<string>(JSON.parse(stdout).events.map(({ type }: { readonly type: string }) => type))

    expect(events.length).toBeGreaterThan(20)
    expect(events.filter(({ type }) => !listed.has(type))).toEqual([])
  })

  test.each(['json', 'ocsf', 'ecs', 'cef'])('comes as %s, one line an event and in order', async (format) => {
    const { code, stdout } = await runSallyport('query', storeOf(bank), '--limit', '1000', '--format', format)
    const lines = stdout.trimEnd().split('\n')

    expect(code).toBe(0)
    expect(lines).toHaveLength(events.length)
    expect(lines.every((line, at) => line.includes(events[at]?.id ?? '?'))).toBe(true)
  })

  test('comes as a table for a spreadsheet', async () => {
    const { stdout } = await runSallyport('query', storeOf(bank), '--limit', '1000', '--format', 'csv')
    const [header = '', ...rows] = stdout.trimEnd().split(/\r?\n/)

    expect(header.split(',')).toEqual(expect.arrayContaining(['id', 'type', 'outcome']))
    expect(rows).toHaveLength(events.length)
  })

  test('tells the step-up of the transfer in plain lines', async () => {
    const flow = events.find(({ type }) => type === 'step_up.required')?.flow ?? ''
    const { stdout } = await runSallyport('story', storeOf(bank), flow)

    expect(stdout).toMatch(
      /A route asked for more proof than the session had: because factor missing, for the action transfer/,
    )
    expect(stdout).toMatch(/A challenge was answered wrongly: factor totp, because wrong code/)
    expect(stdout).toMatch(/The proof was given, after \d+\.\d s, with 1 wrong answer\.\n$/)
    expect(stdout).not.toContain('Grandma')
  })

  test('counts what happened, and finds the person by the id that the application knows', async () => {
    const [counted, found] = await Promise.all([
      runSallyport('count', storeOf(bank), '--by', 'type', '--json'),
      runSallyport('count', storeOf(bank), '--keys', join(bank.dataDir, 'keys.json'), '--user', 'nobody', '--json'),
    ])
    const ofTotal = JSON.parse(counted.stdout)

    expect(ofTotal).toMatchObject({ total: events.length, complete: true })
    expect(ofTotal.groups).toContainEqual({ values: ['challenge.verified'], count: 1 })
    expect(JSON.parse(found.stdout)).toMatchObject({ total: 0 })
  })
})
