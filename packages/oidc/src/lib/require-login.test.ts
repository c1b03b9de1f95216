import express from 'express'
import request from 'supertest'
import { describe, expect, test } from 'vitest'
import { createRequireLogin } from './require-login.ts'
import type { CurrentSession } from '@sallyport/step-up'
import type { SecondDoor } from './second-door.ts'

const nothing = (): never => {
  throw new Error('Not part of these tests')
}
const SECOND_DOOR: SecondDoor = {
  sessions: {
    current: () => ({ state: 'anonymous' }),
    hold: nothing,
    start: nothing,
    end: nothing,
    refuse: (_, res) => void res.status(401).send('sign in'),
  },
  answer: nothing,
  tell: nothing,
  requireStepUp: nothing,
}

/** What a guarded route answers when the session is resolved like this. */
async function answerOf(current: () => CurrentSession): Promise<number> {
  const door = { ...SECOND_DOOR, sessions: { ...SECOND_DOOR.sessions, current } }
  const gate = createRequireLogin(() => door)
  const app = express().set('env', 'test')
  app.get('/', gate, (_, res) => void res.send('in'))
  return (await request(app).get('/')).status
}

describe('requireLogin', () => {
  test('lets a live session through', async () => {
    const live = { state: 'live', handle: 'h', user: 'u', account: 'a', lineage: 'l', evidence: [] } as const

    expect(await answerOf(() => live)).toBe(200)
  })

  test('refuses whoever has none', async () => {
    expect(await answerOf(() => ({ state: 'anonymous' }))).toBe(401)
  })

  test('refuses a session that has ended, for whatever cause', async () => {
    expect(await answerOf(() => ({ state: 'ended', because: 'replaced' }))).toBe(401)
  })

  test('F-27 stays closed when nobody has resolved the session', async () => {
    const unresolved = (): never => {
      throw new Error('The session middleware has not run')
    }

    expect(await answerOf(unresolved)).toBe(500)
  })

  test('names its middleware, for stack traces', () => {
    const gate = createRequireLogin(() => SECOND_DOOR)

    expect(gate.name).toBe('requireLoginMiddleware')
  })
})
