import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { withAudit, withBench } from '../../../test/bench.ts'
import { SAMPLES } from '../../../test/samples.ts'
import { event } from '../events/event.ts'
import type { LedgerEvent } from '../events/types.ts'
import { endingOf } from './story-ending.ts'
import { sentenceOf } from './story-sentences.ts'
import { tellStory } from './story.ts'

const input: unknown = expect.objectContaining({ code: 'ERR_AUDIT_INPUT' })

describe('tellStory', () => {
  test('tells a step-up in plain lines, oldest first, and how it ended', async () => {
    let now = Date.UTC(2026, 10, 21, 8, 30)
    await withBench(
      async ({ open, store }) => {
        const audit = await open()
        const about = { flow: 'flow-1', challenge: 'c1' }
        const totp = { factor: 'totp' } as const
        await audit.commit({
          writes: [],
          events: [event('challenge.issued', { ...about, data: { ...totp, expiresAt: now } })],
        })
        now += 4_000
        const reason = 'wrong_code'
        await audit.commit({
          writes: [],
          events: [event('challenge.attempt_failed', { ...about, outcome: 'failure', reason, data: totp })],
        })
        now += 5_500
        const satisfied = event('step_up.satisfied', { flow: 'flow-1', data: { requirement: 'transfer' } })
        await audit.commit({ writes: [], events: [event('challenge.verified', { ...about, data: totp }), satisfied] })

        expect(await tellStory({ store }, 'flow-1')).toMatchObject({
          lines: [
            '2026-11-21T08:30:00.000Z  A challenge for one factor began: factor totp.',
            '2026-11-21T08:30:04.000Z  A challenge was answered wrongly: factor totp, because wrong code.',
            '2026-11-21T08:30:09.500Z  A challenge ended with the right answer: factor totp.',
            '2026-11-21T08:30:09.500Z  The proof that a route had asked for was given: for transfer.',
          ],
          ending: 'The proof was given, after 9.5 s, with 1 wrong answer.',
        })
      },
      { clock: () => now },
    )
  })

  test('says from where and on what, as far as it may stand in clear', async () => {
    await withAudit(async ({ audit, store }) => {
      const context = {
        requestId: 'r',
        net: { ip: '192.0.2.77', hops: 1 },
        place: { country: 'DE', region: 'DE-BE' },
        device: { id: 'd', known: false, browser: 'Firefox 140', os: 'Linux', userAgent: 'secret agent' },
      }
      await audit.emit('access.denied', { context, flow: 'f', reason: 'login_required', data: { requirement: 'pay' } })
      const story = await tellStory({ store }, 'f')

      expect(story?.lines[0]).toMatch(
        /because login required, for pay, from 192\.0\.2\.0\/24 \(DE\), on a new device \(Firefox 140 on Linux\)\.$/,
      )
      expect(story?.ending).toBe('Turned away (login required), after 0.0 s.')
    })
  })

  test('says from where and on what once, and again when it is another place or device', async () => {
    await withAudit(async ({ audit, store }) => {
      const from = async (ip: string): Promise<unknown> => {
        const context = { requestId: 'r', net: { ip, hops: 0 } }
        return await audit.emit('access.allowed', { context, flow: 'f', data: { requirement: 'pay' } })
      }
      await from('192.0.2.77')
      await from('192.0.2.78')
      await from('198.51.100.7')
      const lines = (await tellStory({ store }, 'f'))?.lines ?? []

      expect(lines.map((line) => /from [\d.]+\/24/.exec(line)?.[0])).toEqual([
        'from 192.0.2.0/24',
        undefined,
        'from 198.51.100.0/24',
      ])
    })
  })

  test('says of what has no end that it is open, or was left', async () => {
    await withAudit(async ({ audit, store }) => {
      await audit.emit('oidc.login.started', { flow: 'f', data: { issuer: 'https://idp.example' } })
      await audit.settle()

      expect((await tellStory({ store }, 'f'))?.ending).toBe('Still open, or left without a word, after 0.0 s.')
    })
  })

  test('tells nothing of a flow that nobody knows, and refuses what is no flow', async () => {
    await withAudit(async ({ store }) => {
      expect(await tellStory({ store }, 'unknown')).toBeUndefined()
      await expect(tellStory({ store }, '')).rejects.toEqual(input)
      await expect(tellStory({ store }, 'f'.repeat(257))).rejects.toEqual(input)
    })
  })

  test('has one line without control characters for every event, whatever the entries say (property)', () => {
    const types = Object.keys(SAMPLES)
    const text = fc.string({ unit: 'binary', maxLength: 40 })
    fc.assert(
      fc.property(fc.constantFrom(...types), text, text, (type, one, other) => {
        const hostile: LedgerEvent = JSON.parse(
          JSON.stringify({
            at: '2026-11-21T08:30:00.000Z',
            type,
            reason: one,
            target: { method: one, route: other },
            net: { ip: one, ipId: 'i', country: other, hops: 0 },
            device: { id: 'd', known: true, browser: one, os: other },
            data: { action: one, requirement: other, because: one, factor: other },
          }),
        )

        expect(sentenceOf(hostile)).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u)
        expect(endingOf([hostile])).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u)
      }),
    )
  })
})
