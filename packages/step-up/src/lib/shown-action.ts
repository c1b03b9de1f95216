import type { Core } from './options.ts'
import type { ShownAction } from './page-models.ts'
import type { BoundAction, SealedAction } from './records.ts'

/** Seals what an action shows for one step-up: in another it opens nothing. */
export async function sealAction(
  core: Core,
  stepUp: string,
  { name, digest, show }: BoundAction,
): Promise<SealedAction> {
  const sealed = await core.keyring.seal(showContext(stepUp, digest), Buffer.from(JSON.stringify(show)))
  return { name, digest, show: sealed }
}

/** Opens what the action of a step-up shows. */
export async function openAction(
  core: Core,
  stepUp: string,
  { name, digest, show }: SealedAction,
): Promise<ShownAction> {
  const bytes = await core.keyring.unseal(showContext(stepUp, digest), show)
  const values: ShownAction['show'] = JSON.parse(Buffer.from(bytes).toString('utf8'))
  return { name, show: values }
}

function showContext(stepUp: string, digest: string): string {
  return `step-up.show ${stepUp} ${digest}`
}
