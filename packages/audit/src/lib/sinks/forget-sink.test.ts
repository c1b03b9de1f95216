import { describe, expect, test } from 'vitest'
import { withBench } from '../../../test/bench.ts'
import { recordingSink } from '../../../test/recording-sink.ts'

const BY = { by: { user: 'operator' } }

describe('forgetSink', () => {
  test('forgets a sink that is there no more, on record, once', async () => {
    await withBench(async ({ open }) => {
      const before = await open()
      before.addSink(recordingSink('old'))
      await before.settle()
      await before.close()
      const after = await open()

      expect((await after.sinks()).map(({ name }) => name)).toEqual(['old'])
      expect(
        await Promise.all(Array.from({ length: 50 }, async () => await tryTo(after.forgetSink('old', BY)))),
      ).toContain(true)
      expect(await after.sinks()).toEqual([])
      const { events } = await after.query({ type: 'config.changed', user: 'operator' })
      expect(events.map(({ data }) => data)).toEqual([
        { setting: 'sink.old', from: expect.stringMatching(/^\d+$/), to: 'forgotten' },
      ])
    })
  })

  test('leaves one alone that is in use', async () => {
    await withBench(async ({ open }) => {
      const audit = await open()
      audit.addSink(recordingSink('new'))
      await audit.settle()

      await expect(audit.forgetSink('new', BY)).rejects.toMatchObject({ code: 'ERR_AUDIT_INPUT' })
      expect((await audit.sinks()).map(({ name }) => name)).toEqual(['new'])
    })
  })

  test('says so when there never was one, and refuses what is no name', async () => {
    await withBench(async ({ open }) => {
      const audit = await open()

      expect(await audit.forgetSink('witness-nobody', BY)).toBe(false)
      await expect(audit.forgetSink('No name', BY)).rejects.toMatchObject({ code: 'ERR_AUDIT_INPUT' })
    })
  })
})

async function tryTo(work: Promise<boolean>): Promise<boolean> {
  return await work.catch(() => false)
}
