import { describe, expect, test } from 'vitest'
import { withAudit } from '../../../test/bench.ts'
import { event } from './event.ts'
import { exampleCall } from './example-call.ts'
import { EVENT_TYPES } from './registry.ts'

describe('exampleCall', () => {
  test('v5.0.0-16.1.1 gives for every event a call that records it', async () => {
    await withAudit(async ({ audit, events }) => {
      const calls = EVENT_TYPES.map(exampleCall).join('\n')
      // The calls are text made of the registry, for people to copy: here they run as they stand.
      // oxlint-disable-next-line no-new-func, no-implied-eval
      const run = new Function('audit', 'event', `return (async () => {\n${calls}\n})()`)

      await run(audit, event)

      await audit.settle()
      expect(new Set((await events()).map(({ type }) => type))).toEqual(new Set(EVENT_TYPES))
    })
  })

  test('commits what belongs to a change, and says how it went where the name does', () => {
    expect([exampleCall('access.denied'), exampleCall('authenticator.removed')]).toEqual([
      `await audit.emit('access.denied', { outcome: 'failure', data: { requirement: 'transfer' } })`,
      `await audit.commit({ writes: [], events: [event('authenticator.removed', { data: { factor: 'totp', left: 1 } })] })`,
    ])
  })
})
