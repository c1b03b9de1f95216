import { describe, expect, test, vi } from 'vitest'
import type { SignedUpTo } from './signer.ts'
import { SigningRounds } from './signing-rounds.ts'

const SIGNED: SignedUpTo = { size: 3, root: 'root', signed: true }

describe('SigningRounds', () => {
  test('remembers what this process has signed, and not what it found signed', async () => {
    const rounds = roundsOf(
      async () => SIGNED,
      async () => ({ ...SIGNED, size: 9, signed: false }),
    )
    await rounds.run()
    await rounds.run()

    expect(rounds.signed).toEqual(SIGNED)
  })

  test('warns once while signing fails, and again when it stops once more', async () => {
    const fail = async (): Promise<never> => Promise.reject(new Error('the key service is away'))
    const codes = await warningsOf(
      roundsOf(fail, fail, async () => SIGNED, fail),
      4,
    )

    expect(codes).toEqual(['ERR_AUDIT_UNSIGNED', 'ERR_AUDIT_UNSIGNED'])
  })

  test('warns of a round that does not come to an end', async () => {
    const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined)
    void roundsOf(async () => new Promise(() => undefined)).run()
    await vi.waitFor(() => expect(warned).toHaveBeenCalledOnce())

    expect(warned.mock.calls[0]?.[1]).toMatchObject({ type: 'AuditWarning', code: 'ERR_AUDIT_UNSIGNED' })
    warned.mockRestore()
  })

  test('warns once of signing that stays slow', async () => {
    const slow = async (): Promise<SignedUpTo> => new Promise((resolve) => setTimeout(resolve, 30, SIGNED))

    expect(await warningsOf(roundsOf(slow, slow, slow), 3)).toEqual(['ERR_AUDIT_UNSIGNED'])
  })
})

/** Rounds of which each does the next of what is given. */
function roundsOf(...turns: readonly (() => Promise<SignedUpTo>)[]): SigningRounds {
  const left = [...turns]
  return new SigningRounds({ signUpTo: async () => (await left.shift()?.()) ?? SIGNED }, 5)
}

async function warningsOf(rounds: SigningRounds, count: number): Promise<readonly unknown[]> {
  const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined)
  for (let turn = 0; turn < count; turn++) await rounds.run()
  const codes = warned.mock.calls.map(([, options]) => Object(options)['code'])
  warned.mockRestore()
  return codes
}
