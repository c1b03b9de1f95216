import { createMemoryStore } from '@sallyport/store'
import { describe, expect, test } from 'vitest'
import { withAudit } from '../../../test/bench.ts'
import { testKeyring } from '../../../test/ledger.ts'
import { revealEvent } from './reveal-event.ts'

const envelope: unknown = expect.objectContaining({ code: 'ERR_AUDIT_ENVELOPE' })
const DENIED = { actor: { user: 'alice', identity: { name: 'Alice' } }, data: { requirement: 'r' } } as const

describe('revealEvent', () => {
  test('opens what was sealed, from the keys alone and without writing', async () => {
    await withAudit(async ({ audit, subjects, keyring }) => {
      await audit.emit('access.denied', DENIED)
      const [denied] = (await audit.query({ type: 'access.denied' })).events
      const before = await subjects.list([], { limit: 10 })

      expect(denied && (await revealEvent({ subjects, keyring }, denied))).toEqual({ 'identity.name': 'Alice' })
      expect(await subjects.list([], { limit: 10 })).toEqual(before)
    })
  })

  test('gives nothing where nothing was sealed, and where the key was destroyed', async () => {
    await withAudit(async ({ audit, keyring }) => {
      await audit.emit('access.denied', DENIED)
      const [denied, opened] = (await audit.query({})).events
      const subjects = createMemoryStore()

      expect(denied && (await revealEvent({ subjects, keyring }, denied))).toBeUndefined()
      expect(opened && (await revealEvent({ subjects, keyring }, opened))).toBeUndefined()
    })
  })

  test('refuses an envelope of another event, and the keys of another key ring', async () => {
    await withAudit(async ({ audit, subjects, keyring }) => {
      await audit.emit('access.denied', DENIED)
      const [denied] = (await audit.query({ type: 'access.denied' })).events
      if (denied === undefined) throw new Error('nothing was recorded')

      await expect(revealEvent({ subjects, keyring }, { ...denied, id: 'another' })).rejects.toEqual(envelope)
      await expect(revealEvent({ subjects, keyring: testKeyring(9) }, denied)).rejects.toEqual(envelope)
    })
  })
})
