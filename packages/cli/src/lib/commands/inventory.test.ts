import { EVENTS } from '@sallyport/audit/vocabulary'
import { describe, expect, test } from 'vitest'
import { inFolder, sallyport } from '../../../test/run-command.ts'

describe('sallyport inventory', () => {
  test('lists every event of the registry with its class as JSON', async () => {
    await inFolder(async (folder) => {
      const run = await sallyport(folder, 'inventory', '--json')

      const { events }: { events: readonly { type: string; class: string }[] } = JSON.parse(run.stdout)
      expect(events.map((event) => [event.type, event.class])).toEqual(
        Object.entries(EVENTS).map(([type, { durability }]) => [type, durability]),
      )
    })
  })

  test('says of each event which requirements it is evidence for', async () => {
    await inFolder(async (folder) => {
      const run = await sallyport(folder, 'inventory', '--json')

      const { events }: { events: readonly { controls: readonly string[] }[] } = JSON.parse(run.stdout)
      expect(events.filter((event) => event.controls.length === 0)).toEqual([])
    })
  })

  test('prints one line an event for people', async () => {
    await inFolder(async (folder) => {
      const run = await sallyport(folder, 'inventory')

      expect(run.stdout.trim().split('\n')).toHaveLength(Object.keys(EVENTS).length)
      expect(run.stdout).toMatch(/^challenge\.issued +barrier /m)
    })
  })
})
