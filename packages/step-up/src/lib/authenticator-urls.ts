import type { Request } from 'express'

import { carryOn, withQuery } from './afterwards.ts'
import type { Core } from './options.ts'
import type { ListNotice } from './page-models.ts'

/** The address of a person's own list of authenticators. */
export function authenticatorsUrl({ mountPath }: Core): string {
  return `${mountPath}/authenticators`
}

/** The same with what was just done, and with where the person goes on from there. */
export function listUrl(core: Core, req: Request, notice: ListNotice): string {
  return withQuery(authenticatorsUrl(core), { notice, ...carryOn(req) })
}
