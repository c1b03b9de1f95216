import { COMMON_FIELDS, EVENTS } from '@sallyport/audit/vocabulary'
import { describe, expect, test } from 'vitest'
import { sallyportHere } from '../../../test/run-command.ts'

interface Printed {
  readonly type: string
  readonly class: string
  readonly fields: Readonly<Record<string, string>>
}

describe('sallyport inventory', () => {
  test('v5.0.0-16.1.1 lists every event of the registry with its class as JSON', async () => {
    const { events } = await printed()

    expect(events.map((event) => [event.type, event.class])).toEqual(
      Object.entries(EVENTS).map(([type, { durability }]) => [type, durability]),
    )
  })

  test('says of an event all that the registry knows, and how to record it', async () => {
    const { events } = await printed()

    expect(events.find(({ type }) => type === 'session.revoked')).toEqual({
      type: 'session.revoked',
      class: 'barrier',
      essential: true,
      description: 'Sessions were ended by somebody else, or by their user from elsewhere.',
      retention: 'authentication',
      owasp: 'authn_token_revoked',
      ocsf: { class_uid: 3002, activity_id: 2, type_uid: 300202 },
      ecs: { category: ['session'], type: ['end'] },
      caep: 'session-revoked',
      evidence: ['E5', 'E9'],
      controls: EVENTS['session.revoked'].controls,
      fields: { because: 'clear', all: 'clear' },
      example: `await audit.commit({ writes: [], events: [event('session.revoked', { data: { because: 'administrator', all: true } })] })`,
    })
  })

  test('names what an event waits for that nothing records yet', async () => {
    const { events } = await printed()

    expect(events.find(({ type }) => type === 'challenge.delivered')).toMatchObject({ waits: '`delivery` and `otp`' })
  })

  test('gives the privacy class of what every event may have', async () => {
    expect((await printed()).commonFields).toEqual(COMMON_FIELDS)
  })

  test('prints one line an event for people, by area', async () => {
    const { stdout, code } = await sallyportHere('inventory')

    const lines = stdout.split('\n').filter((line) => /^[a-z]/.test(line))
    expect(code).toBe(0)
    expect(lines.map((line) => line.split(' ')[0])).toEqual(Object.keys(EVENTS))
    expect(stdout).toMatch(/^# Challenges\nchallenge\.issued +barrier +A challenge/m)
  })
})

async function printed(): Promise<{ readonly events: readonly Printed[]; readonly commonFields: unknown }> {
  const { stdout } = await sallyportHere('inventory', '--json')
  return JSON.parse(stdout)
}
