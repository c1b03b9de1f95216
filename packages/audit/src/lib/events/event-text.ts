import { canonicalize, isInOrder } from './canonical.ts'
import type { AuditEvent, WriterStamp } from './types.ts'

/** An event but for its writer's stamp, each member in its place in the canonical form; what is `undefined` is left out. */
export type DraftedEvent = Pick<AuditEvent, Always> & {
  readonly [member in Exclude<keyof AuditEvent, Always | 'writer'>]: AuditEvent[member] | undefined
}

type Always = 'at' | 'data' | 'id' | 'type' | 'v'

/**
 * Formats an event's canonical JSON as far as it is known before the event has its place: up to where `writer`, the
 * last member in order, belongs. Only what callers hand over as objects is looked at member by member.
 *
 * @param event its members in canonical order
 * @throws AuditError `ERR_AUDIT_CANONICAL` when a caller's part has no canonical form
 */
export function formatDraft(event: DraftedEvent): string {
  const isOrdered = isInOrder(event.data) && isInOrder(event.authn ?? null)
  const text = JSON.stringify(event)
  // An escape that begins like half a surrogate pair is one, or is a text about one: the slow way tells.
  const canonical = isOrdered && !text.includes('\\ud') ? text : canonicalize(JSON.parse(text))
  return canonical.slice(0, -1)
}

/** Completes a draft with its writer's stamp. */
export function formatEntry(draft: string, { boot, id, seq, void: refused }: WriterStamp): string {
  const named = refused === undefined ? '' : `,"void":[${refused.join()}]`
  return `${draft},"writer":{"boot":${JSON.stringify(boot)},"id":${JSON.stringify(id)},"seq":${seq}${named}}}`
}
