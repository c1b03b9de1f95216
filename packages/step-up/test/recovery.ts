import { recoveryCodes } from '../src/lib/recovery-codes.ts'
import { totp } from '@sallyport/totp'

import { keyFactor } from './key-factor.ts'
import type { Person, Reply } from './person.ts'
import { openWorld, type World, type WorldOptions } from './world.ts'

/** A bank that also gives recovery codes. */
export async function openRecoveryWorld(options: WorldOptions = {}): Promise<World> {
  const factors = [totp(), keyFactor(), recoveryCodes()]
  return await openWorld({ ...options, stepUp: { factors, ...options.stepUp } })
}

/** Every code that an answer shows. */
export function codesShown({ body }: Reply): readonly string[] {
  const view: unknown = body['view']
  return Array.isArray(view) ? view.flatMap((block) => (block?.kind === 'codes' ? block.codes : [])) : []
}

/** Makes a set of codes and keeps them; the person has proved enough before. */
export async function keepCodes(person: Person): Promise<readonly string[]> {
  const begun = await person.post('/step-up/recovery-codes')
  const finished = await person.post(String(begun.body['finishUrl']), { json: { kept: 'yes' } })
  if (finished.status !== 201) throw new Error(`keepCodes: ${begun.status} ${finished.status}`)
  return codesShown(begun)
}

/** A person with an authenticator of a factor and a set of codes, whose proofs are used up by the changes. */
export async function personWithCodes(
  world: World,
  factor: 'totp' | 'webauthn',
): Promise<{ readonly ann: Person; readonly codes: readonly string[] }> {
  const ann = world.person()
  await ann.signIn()
  await ann.enrol(factor)
  world.clock.advance(30_000)
  await ann.prove(await ann.post('/step-up/recovery-codes'), factor)
  return { ann, codes: await keepCodes(ann) }
}
