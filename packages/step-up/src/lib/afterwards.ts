import type { Request } from 'express'

import { localPath } from './negotiation.ts'
import type { Core } from './options.ts'
import type { ViewBlock } from './types.ts'

/**
 * Where a person goes after the second door: to the summary of their kept form, back to the page they wanted, or home.
 * It travels in the address, so that several tabs of one step-up each return to their own place.
 */
export function afterwards(core: Core, req: Request): string {
  const resume = resumeId(req)
  if (resume !== undefined) return `${core.mountPath}/resume/${resume}`
  return localPath(req.query['return_to']) ?? '/'
}

/** The part of the address that carries it on to the next page. */
export function carryOn(req: Request): Readonly<Record<string, string>> {
  const resume = resumeId(req)
  if (resume !== undefined) return { resume }

  const path = localPath(req.query['return_to'])
  return path === undefined ? {} : { return_to: path }
}

/** Makes the address of a page of ours, with a query if there is any. */
export function withQuery(path: string, query: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(query).map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
  return pairs.length === 0 ? path : `${path}?${pairs.join('&')}`
}

/**
 * Adds to a way out of a challenge's page the way back to that page, with all that it carries on. `from` says by which factor
 * they left: it is shown again, unless what it gave was not enough.
 */
export function withWayBack(block: ViewBlock, page: string, carried: Readonly<Record<string, string>>): ViewBlock {
  if (block.kind !== 'leave') return block

  // A page whose address is too long to be carried on is come back to without what it carries itself.
  const back = localPath(withQuery(page, carried)) ?? page
  const { url } = block
  return { ...block, url: `${url}${url.includes('?') ? '&' : '?'}return_to=${encodeURIComponent(back)}` }
}

/** The kept form that the address names. */
export function resumeId(req: Request): string | undefined {
  const resume = req.query['resume']
  return typeof resume === 'string' && /^[0-9A-Z]{26}$/.test(resume) ? resume : undefined
}
