import type { Tag } from '@sallyport/store'
import type { AuditEvent } from './types.ts'

/** What the tags of an event are derived from. */
export type TaggedEvent = Pick<AuditEvent, 'type' | 'data'> & {
  readonly [member in Exclude<keyof AuditEvent, 'type' | 'data'>]?: AuditEvent[member] | undefined
}

/**
 * Derives the tags by which an entry can be found. They say nothing that the entry's bytes do not say, so a verifier
 * can check them.
 *
 * @param event The event as written.
 * @returns The tags that apply.
 */
export function tagsOf(event: TaggedEvent): Readonly<Partial<Record<Tag, string>>> {
  const factor = event.authn?.factor ?? event.data['factor']
  const tags: Partial<Record<Tag, string>> = { type: event.type }
  if (event.actor !== undefined) tags.actor = event.actor.id
  if (event.lineage !== undefined) tags.lineage = event.lineage
  if (event.flow !== undefined) tags.flow = event.flow
  // Where something was done to a person, the person is what was acted upon; the route stands in the entry.
  const target = event.subject?.id ?? event.target?.route
  if (target !== undefined) tags.target = target
  if (event.net !== undefined) tags.ip = event.net.ipId
  if (event.net?.country !== undefined) tags.country = event.net.country
  if (event.device !== undefined) tags.device = event.device.id
  if (event.outcome !== undefined) tags.outcome = event.outcome
  if (typeof factor === 'string') tags.factor = factor
  if (event.tenant !== undefined) tags.tenant = event.tenant
  return tags
}
