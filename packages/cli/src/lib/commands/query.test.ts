import { event } from '@sallyport/audit'
import type { Audit } from '@sallyport/audit'
import { describe, expect, test } from 'vitest'
import { LEDGER, makeLedger, writeOn } from '../../../test/bank-ledger.ts'
import { followCommand, inFolder, sallyport, sallyportHere, sallyportIntoHead } from '../../../test/run-command.ts'
import type { Run } from '../../../test/run-command.ts'

const STORY = ['ledger.opened', 'ledger.key_added', 'challenge.issued', 'challenge.verified', 'ledger.closed']

function types(run: Run): readonly string[] {
  const lines = run.stdout.trim().split('\n')
  return lines.filter((line) => line !== '').map((line) => String(JSON.parse(line).type))
}

describe('sallyport query', () => {
  test('tells the whole story as JSON lines, the oldest first', async () => {
    await inFolder(async (folder) => {
      await makeLedger(folder)
      const run = await sallyport(folder, 'query', LEDGER, '--json')

      expect([run.code, run.stderr]).toEqual([0, ''])
      expect(types(run)).toEqual(STORY)
    })
  })

  test('shows the newest first when told', async () => {
    await inFolder(async (folder) => {
      await makeLedger(folder)
      const run = await sallyport(folder, 'query', LEDGER, '--newest-first', '--json')

      expect(types(run)).toEqual(STORY.toReversed())
    })
  })

  test('shows the newest that fit the limit and says that there are more', async () => {
    await inFolder(async (folder) => {
      await makeLedger(folder)
      const run = await sallyport(folder, 'query', LEDGER, '--limit', '2', '--json')

      expect(types(run)).toEqual(STORY.slice(-2))
      expect(run.stderr).toContain('--limit')
    })
  })

  test('says nothing of more when the limit fits exactly', async () => {
    await inFolder(async (folder) => {
      await makeLedger(folder)
      const run = await sallyport(folder, 'query', LEDGER, '--limit', '5', '--json')

      expect([types(run), run.stderr]).toEqual([STORY, ''])
    })
  })

  test('finds by type, flow, lineage and outcome together', async () => {
    await inFolder(async (folder) => {
      await makeLedger(folder)
      const tags = ['--flow', 'flow-1', '--lineage', 'lineage-1', '--outcome', 'success']
      const run = await sallyport(folder, 'query', LEDGER, ...tags, '--type', 'challenge.verified', '--json')

      expect(types(run)).toEqual(['challenge.verified'])
    })
  })

  test('finds by the pseudonym that stands in an entry', async () => {
    await inFolder(async (folder) => {
      await makeLedger(folder)
      const story = await sallyport(folder, 'query', LEDGER, '--flow', 'flow-1', '--json')
      const { actor } = JSON.parse(story.stdout.split('\n')[0] ?? '')
      const run = await sallyport(folder, 'query', LEDGER, '--actor', String(actor.id), '--json')

      expect(types(run)).toEqual(['challenge.issued', 'challenge.verified'])
    })
  })

  test('finds a person and an address by what they really are, with the key file', async () => {
    await inFolder(async (folder) => {
      await makeLedger(folder, fromAddress)
      const [person, address, nobody] = await Promise.all([
        sallyport(folder, 'query', LEDGER, '--user', 'u_alice', '--json'),
        sallyport(folder, 'query', LEDGER, '--address', '::ffff:192.0.2.7', '--keys', 'keys.json', '--json'),
        sallyport(folder, 'query', LEDGER, '--user', 'u_bob', '--json'),
      ])

      expect([types(person), types(address), types(nobody)]).toEqual([['access.denied'], ['access.denied'], []])
      expect(nobody.stderr).toContain('the id by which the application knows a person')
    })
  })

  test('finds by factor, country, route and tenant', async () => {
    await inFolder(async (folder) => {
      await makeLedger(folder, fromAddress)
      const asked = ['--country', 'DE', '--target', '/transfer', '--tenant', 'north']
      const [found, other] = await Promise.all([
        sallyport(folder, 'query', LEDGER, ...asked, '--json'),
        sallyport(folder, 'query', LEDGER, ...asked, '--factor', 'totp', '--json'),
      ])

      expect([types(found), types(other)]).toEqual([['access.denied'], []])
    })
  })

  test('needs the key file for a person, and for nothing else', async () => {
    await inFolder(async (folder) => {
      await makeLedger(folder)
      const runs = await Promise.all([
        sallyport(folder, 'query', LEDGER, '--user', 'u_alice', '--keys', 'none.json'),
        sallyport(folder, 'query', LEDGER, '--keys', 'keys.json'),
        sallyport(folder, 'query', LEDGER, '--user', 'u_alice', '--actor', 'pseudonym'),
      ])

      expect(runs.map(({ code }) => code)).toEqual([50, 2, 2])
    })
  })

  test('prints any of the formats, and a table for spreadsheets with its header', async () => {
    await inFolder(async (folder) => {
      await makeLedger(folder)
      const asked = ['query', LEDGER, '--type', 'challenge.verified', '--format']
      const [ocsf, ecs, cef, csv, none] = await Promise.all([
        sallyport(folder, ...asked, 'ocsf'),
        sallyport(folder, ...asked, 'ecs'),
        sallyport(folder, ...asked, 'cef'),
        sallyport(folder, ...asked, 'csv'),
        sallyport(folder, ...asked, 'xml'),
      ])

      expect(JSON.parse(ocsf.stdout)).toMatchObject({ class_uid: 3002 })
      expect(JSON.parse(ecs.stdout)).toMatchObject({ event: { action: 'challenge.verified' } })
      expect(cef.stdout).toMatch(/^CEF:0\|/)
      expect(csv.stdout.trimEnd().split('\r\n')).toHaveLength(2)
      expect(none.code).toBe(2)
    })
  })

  test('follows what comes after what is there, leaves nothing out, and ends when told', async () => {
    await inFolder(async (folder) => {
      await makeLedger(folder)
      const following = followCommand(folder, 'query', LEDGER, '--type', 'challenge.issued', '--follow', '--json')
      await following.untilLines(1)
      await writeOn(folder, longStory)
      const run = await following.stopAfter(2_001)

      expect([run.code, run.stderr]).toEqual([0, ''])
      expect(new Set(run.stdout.trim().split('\n')).size).toBe(2_001)
    })
  })

  test('refuses to follow backwards', async () => {
    const run = await sallyportHere('query', LEDGER, '--follow', '--newest-first')

    expect(run.code).toBe(2)
  })

  test('finds nothing outside the time that was asked for', async () => {
    await inFolder(async (folder) => {
      await makeLedger(folder)
      const run = await sallyport(folder, 'query', LEDGER, '--until', '2020-01-01')

      expect([run.code, run.stdout]).toEqual([0, ''])
    })
  })

  test('prints one line an event for people, and no escape sequence of an entry', async () => {
    await inFolder(async (folder) => {
      await makeLedger(folder, hostileStory)
      const run = await sallyport(folder, 'query', LEDGER, '--type', 'challenge.issued')

      expect(run.stdout.trimEnd().split('\n')).toHaveLength(1)
      expect(run.stdout).toMatch(/ challenge\.issued +- +totp /)
      expect(run.stdout).not.toContain('\u001b')
    })
  })

  test('ends quietly when its reader goes away', async () => {
    await inFolder(async (folder) => {
      await makeLedger(folder, longStory)
      const run = await sallyportIntoHead(folder, 'query', LEDGER, '--limit', '5000', '--json')

      expect([run.code, run.stderr]).toEqual([0, ''])
    })
  })

  test('ends with 50 when there is no ledger, and with 2 for what cannot be asked', async () => {
    await inFolder(async (folder) => {
      const runs = await Promise.all([
        sallyport(folder, 'query', 'sqlite:none.db'),
        sallyport(folder, 'query', LEDGER, '--type', 'no.such_event'),
        sallyport(folder, 'query'),
      ])

      expect(runs.map((run) => [run.code, run.stdout])).toEqual([
        [50, ''],
        [2, ''],
        [2, ''],
      ])
    })
  })
})

async function fromAddress(audit: Audit): Promise<void> {
  const context = { requestId: 'r', net: { ip: '192.0.2.7', hops: 0 }, place: { country: 'DE' } }
  const target = { route: '/transfer', method: 'POST' }
  const data = { requirement: 'transfer' }
  await audit.emit('access.denied', { context, target, tenant: 'north', actor: { user: 'u_alice' }, data })
}

async function hostileStory(audit: Audit): Promise<void> {
  const data = { factor: 'totp', expiresAt: 1 } as const
  const input = { flow: 'a\u001b[2J\nb', challenge: 'c1', data }
  await audit.commit({ writes: [], events: [event('challenge.issued', input)] })
}

async function longStory(audit: Audit): Promise<void> {
  const data = { factor: 'totp', expiresAt: 1 } as const
  const commits = Array.from({ length: 40 }, (_none, commit) => {
    const events = Array.from({ length: 50 }, (_one, at) =>
      event('challenge.issued', { challenge: `c-${commit}-${at}`, data }),
    )
    return audit.commit({ writes: [], events })
  })
  await Promise.all(commits)
}
