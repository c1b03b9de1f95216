import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { authenticate, createWorld, enrol, ORIGIN, RP_ID } from '../../test/passkeys.ts'
import type { World } from '../../test/passkeys.ts'
import { verifyApproval } from './verify-approval.ts'
import type { ApprovalInput } from './verify-approval.ts'

const ACTION = 'v1:9f86d081884c7d659a2feaa0c55ad015'

async function approve(action: string = ACTION, world: World = createWorld()): Promise<ApprovalInput> {
  const passkey = await enrol(world)
  const outcome = await authenticate(world, passkey, action === '' ? {} : { action })
  if (!outcome.ok || outcome.proof === undefined) throw new Error('approve: no proof')
  return { proof: outcome.proof, action: action === '' ? ACTION : action, rpId: RP_ID, origins: [ORIGIN] }
}

describe('verifyApproval', () => {
  test('proves from the proof alone that the key signed this action', async () => {
    const input = await approve()
    const key = createHash('sha256').update(Buffer.from(String(input.proof['publicKey']), 'base64url'))

    expect(await verifyApproval(input)).toEqual({ ok: true, userVerified: true, key: key.digest('base64url') })
  })

  test('gives the key that the ledger knows of the enrolment and of the challenge', async () => {
    const world = createWorld()
    const passkey = await enrol(world)
    const outcome = await authenticate(world, passkey, { action: ACTION })

    const proof = Object(outcome).proof
    expect(await verifyApproval({ proof, action: ACTION, rpId: RP_ID, origins: [ORIGIN] })).toMatchObject({
      key: Object(outcome).key,
    })
  })

  test('says when the user was not verified', async () => {
    const input = await approve(ACTION, createWorld({}, { userVerified: false }))

    expect(await verifyApproval(input)).toMatchObject({ ok: true, userVerified: false })
  })

  test('refuses another action', async () => {
    const input = await approve()

    expect(await verifyApproval({ ...input, action: `${ACTION}0` })).toEqual({ ok: false, reason: 'wrong_action' })
  })

  test('refuses a proof that was bound to no action', async () => {
    expect(await verifyApproval(await approve(''))).toEqual({ ok: false, reason: 'wrong_action' })
  })

  test('refuses another origin and another relying party', async () => {
    const input = await approve()

    expect(await verifyApproval({ ...input, origins: ['https://evil.example'] })).toMatchObject({
      reason: 'wrong_origin',
    })
    expect(await verifyApproval({ ...input, origins: [] })).toMatchObject({ reason: 'wrong_origin' })
    expect(await verifyApproval({ ...input, rpId: 'evil.example' })).toMatchObject({ reason: 'wrong_rp' })
  })

  test('refuses the key of somebody else', async () => {
    const [mine, theirs] = [await approve(), await approve()]
    const proof = { ...mine.proof, publicKey: String(theirs.proof['publicKey']) }

    expect(await verifyApproval({ ...mine, proof })).toEqual({ ok: false, reason: 'signature_invalid' })
  })

  test('refuses what was signed while nobody was present', async () => {
    const world = createWorld()
    const passkey = await enrol(world)
    const honest = await authenticate(world, passkey, { action: ACTION })
    const bytes = Buffer.from(String(Object(honest).proof.authenticatorData), 'base64url')
    bytes.writeUInt8(0, 32)
    const proof = { ...Object(honest).proof, authenticatorData: bytes.toString('base64url') }

    expect(await verifyApproval({ proof, action: ACTION, rpId: RP_ID, origins: [ORIGIN] })).toEqual({
      ok: false,
      reason: 'signature_invalid',
    })
  })

  test('refuses what was signed at a registration', async () => {
    const input = await approve()
    const clientData = JSON.parse(Buffer.from(String(input.proof['clientDataJSON']), 'base64url').toString())
    const text = JSON.stringify({ ...clientData, type: 'webauthn.create' })
    const proof = { ...input.proof, clientDataJSON: Buffer.from(text).toString('base64url') }

    expect(await verifyApproval({ ...input, proof })).toEqual({ ok: false, reason: 'malformed' })
  })

  test.each(['credentialId', 'publicKey', 'clientDataJSON', 'authenticatorData', 'signature'])(
    'refuses a proof without %s, or with another kind of it',
    async (member) => {
      const input = await approve()
      const { [member]: _left, ...rest } = input.proof

      expect(await verifyApproval({ ...input, proof: rest })).toEqual({ ok: false, reason: 'malformed' })
      expect(await verifyApproval({ ...input, proof: { ...rest, [member]: 'AA==' } })).toMatchObject({
        reason: 'malformed',
      })
      expect(await verifyApproval({ ...input, proof: { ...rest, [member]: Object(['AAAA']) } })).toMatchObject({
        reason: 'malformed',
      })
    },
  )

  test('refuses any flipped bit of the proof but of the name of the credential (property)', async () => {
    const input = await approve()
    const member = fc.constantFrom('publicKey', 'clientDataJSON', 'authenticatorData', 'signature')

    await fc.assert(
      fc.asyncProperty(member, fc.nat(), fc.nat(7), async (name, place, bit) => {
        const bytes = Buffer.from(String(input.proof[name]), 'base64url')
        bytes.writeUInt8(bytes.readUInt8(place % bytes.length) ^ (1 << bit), place % bytes.length)
        const proof = { ...input.proof, [name]: bytes.toString('base64url') }

        expect(await verifyApproval({ ...input, proof })).toMatchObject({ ok: false })
      }),
      { numRuns: 400 },
    )
  })
})
