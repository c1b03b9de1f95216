import { contextOf } from '@sallyport/audit/context'
import type { Who } from '@sallyport/audit/context'
import type { Request } from 'express'
import { askFunction } from './ask-function.ts'
import { failedFunction } from './misuse.ts'
import type { Access } from './record-access-options.ts'
import { readWho } from './who-value.ts'

/** What the application says of an access. */
export interface AccessFacts {
  readonly who?: Who | undefined
  readonly resource?: string | undefined
}

const MAX_RESOURCE = 200

/** Who is asking, as far as is known at the moment. Never throws. */
export function whoOf({ who, report }: Access, req: Request): Who | undefined {
  if (who === undefined) return contextOf(req)?.who
  return askFunction({ ask: () => who(req), read: whoIn, failed: () => report(failedFunction('who')) })
}

/** What is accessed, as far as is known at the moment. Never throws. */
export function resourceOf({ resource, report }: Access, req: Request): string | undefined {
  if (resource === undefined) return undefined
  return askFunction({ ask: () => resource(req), read: resourceIn, failed: () => report(failedFunction('resource')) })
}

function whoIn(claimed: unknown, failed: () => void): Who | undefined {
  const { who, isWhole } = readWho(claimed)
  if (!isWhole) failed()
  return who
}

function resourceIn(claimed: unknown, failed: () => void): string | undefined {
  if (typeof claimed !== 'string') failed()
  else if (claimed !== '') return claimed.slice(0, MAX_RESOURCE).toWellFormed()
  return undefined
}
