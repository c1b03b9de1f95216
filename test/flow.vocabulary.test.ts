import type { LedgerEvent } from '@sallyport/audit'
import { COMMON_FIELDS, EVENTS } from '@sallyport/audit/vocabulary'
import { describe, expect, test } from 'vitest'

import { copying, flooded, granting, living, reconfigured } from './vocabulary/book-keeping.ts'
import { firstDoor, linking } from './vocabulary/first-door.ts'
import { expiring, protecting, pruning, reading } from './vocabulary/keeping.ts'
import { passkeys, recoveryCodes } from './vocabulary/passkeys.ts'
import { WAITS } from './vocabulary/scene.ts'
import { administering, approving, authenticators, notProving, sessions } from './vocabulary/second-door.ts'

const SCENES = [
  firstDoor,
  linking,
  approving,
  notProving,
  authenticators,
  sessions,
  administering,
  passkeys,
  recoveryCodes,
  living,
  flooded,
  reconfigured,
  copying,
  granting,
  reading,
  protecting,
  expiring,
  pruning,
]

describe('the vocabulary', () => {
  test('LOG-02 v5.0.0-16.3.1 is recorded by real packages whole, but for what waits for its package, and no field without a privacy class', async () => {
    const events = (await Promise.all(SCENES.map((scene) => scene()))).flat()
    const recorded = new Set(events.map(({ type }) => type))

    expect([...recorded, ...Object.keys(WAITS)].toSorted()).toEqual(Object.keys(EVENTS).toSorted())
    expect([...new Set(events.flatMap(unclassified))]).toEqual([])
  })

  test('says of an event that waits what it waits for', () => {
    const waiting = Object.entries(EVENTS).flatMap(([type, { waits }]) => (waits === undefined ? [] : [[type, waits]]))

    expect(Object.fromEntries(waiting)).toEqual(WAITS)
  })
})

/** The fields of an event of which nobody says whether they are personal. */
function unclassified({ index: _place, data, ...common }: LedgerEvent): readonly string[] {
  const fields: object = EVENTS[common.type].fields
  return [
    ...pathsOf(common).filter((path) => !Object.hasOwn(COMMON_FIELDS, path)),
    ...Object.keys(data).flatMap((name) => (Object.hasOwn(fields, name) ? [] : [`${common.type}: ${name}`])),
  ]
}

function pathsOf(event: object): readonly string[] {
  return Object.entries(event).flatMap(([name, value]) =>
    typeof value === 'object' && value !== null ? Object.keys(value).map((inner) => `${name}.${inner}`) : [name],
  )
}
