import type { Request } from 'express'

import { StepUpError } from './errors.ts'
import type { Core } from './options.ts'

/** Gives the receipt of the decision that let a request through; see `StepUp.receiptOf`. */
export async function receiptOf(core: Pick<Core, 'allowed' | 'audit'>, req: Request): Promise<string> {
  const event = core.allowed.get(req)
  if (event !== undefined) return await core.audit.receipt(event)

  const message =
    'There is no receipt of this request: no gate let it through, or only one in report mode, or access events are off.'
  throw new StepUpError('ERR_STEP_UP_NO_RECEIPT', message)
}
