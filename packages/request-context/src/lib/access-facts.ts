import { contextOf } from '@sallyport/audit/context'
import type { Who } from '@sallyport/audit/context'
import type { Request } from 'express'
import { failedFunction } from './misuse.ts'
import type { Access } from './record-access-options.ts'

/** What the application says of an access. */
export interface AccessFacts {
  readonly who?: Who | undefined
  readonly resource?: string | undefined
}

const MAX_USER = 512
const MAX_RESOURCE = 200

/** Who is asking, as far as is known at the moment. Never throws. */
export function whoOf({ who, report }: Access, req: Request): Who | undefined {
  if (who === undefined) return contextOf(req)?.who
  try {
    const claimed: unknown = who(req)
    if (claimed === undefined || claimed === null) return undefined
    if (isWho(claimed)) return claimed
  } catch {
    // Falls through to the report.
  }
  report(failedFunction('who'))
  return undefined
}

/** What is accessed, as far as is known at the moment. Never throws. */
export function resourceOf({ resource, report }: Access, req: Request): string | undefined {
  if (resource === undefined) return undefined
  try {
    const claimed: unknown = resource(req)
    if (claimed === undefined || claimed === null || claimed === '') return undefined
    if (typeof claimed === 'string') return claimed.slice(0, MAX_RESOURCE)
  } catch {
    // Falls through to the report.
  }
  report(failedFunction('resource'))
  return undefined
}

function isWho(claimed: unknown): claimed is Who {
  if (typeof claimed !== 'object' || claimed === null || !('user' in claimed)) return false
  const { user } = claimed
  const optional = ['lineage', 'tenant'].map((name): unknown => Reflect.get(claimed, name))
  return (
    typeof user === 'string' &&
    user.length >= 1 &&
    user.length <= MAX_USER &&
    optional.every((value) => value === undefined || typeof value === 'string')
  )
}
