import { describe, expect, test } from 'vitest'

import { withBench } from '../../../test/bench.ts'
import { event } from '../events/event.ts'

const SECRET = 'hunter2-hunter2'
// What a caller without types can write.
const UNTYPED: readonly (readonly [string, object])[] = [
  ['a field', { data: { requirement: 'transfer', password: SECRET } }],
  ['a field named by a secret', { data: { requirement: 'transfer', [SECRET]: 1 } }],
  ['a reason', { data: { requirement: 'transfer' }, reason: SECRET }],
]

describe('what an event may say', () => {
  test.each(UNTYPED)(
    'LOG-03 v5.0.0-16.2.5 is only what its type has: %s of the caller is refused, and counted as lost',
    async (_, input) => {
      await withBench(async ({ open, events, store }) => {
        const audit = await open()

        expect(await audit.emit('access.denied', Object(input)).catch(() => 'refused')).toMatch(/lost|refused/)
        await expect(
          audit.commit({ writes: [], events: [event('access.denied', Object(input))] }),
        ).rejects.toMatchObject({
          code: 'ERR_AUDIT_INPUT',
          message: expect.not.stringContaining(SECRET),
        })
        await audit.close()

        expect((await events()).map(({ type }) => type)).not.toContain('access.denied')
        const entries = await store.read(0, 1_000)
        expect(entries.filter(({ bytes }) => Buffer.from(bytes).includes(SECRET))).toEqual([])
      })
    },
  )
})
