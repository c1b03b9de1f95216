import type { Key, Store } from '@sallyport/store'

import type { Audit } from '../audit-contract.ts'
import { AuditError } from '../errors.ts'
import { event } from '../events/event.ts'
import { isJsonRecord } from '../json-record.ts'
import { askedBy } from '../privacy/requester.ts'
import type { Requester } from '../privacy/privacy-contract.ts'
import { cursorKey } from '../witnessing/witness-record.ts'
import { SINK_PREFIX } from './sink-cursor.ts'

interface Parts {
  readonly store: Store
  readonly commit: Audit['commit']
  /** Names of the sinks and, after `witness-`, of the witnesses that this instance serves. */
  readonly served: readonly string[]
}

const WITNESS = 'witness-'
// That of a witness stands behind a word.
const NAME = /^(?:witness-)?[a-z0-9-]{1,64}$/

/**
 * Forgets how far a sink or witness has come that is there no more; see `AuditSinks.forgetSink`.
 *
 * @returns Whether there was one of that name.
 * @throws `AuditError` with `ERR_AUDIT_INPUT` for a name that cannot be, and for one that this instance serves.
 */
export async function forgetSink({ store, commit, served }: Parts, name: string, by: Requester): Promise<boolean> {
  if (!NAME.test(name))
    throw new AuditError('ERR_AUDIT_INPUT', 'The name of a sink has 1 to 64 characters of a-z, 0-9 and "-".')
  if (served.includes(name))
    throw new AuditError('ERR_AUDIT_INPUT', `The sink ${name} is in use: start without it before it is forgotten.`)
  const asked = askedBy(by)
  for (const key of [[...SINK_PREFIX, name], ...witnessKey(name)]) {
    const [found] = await store.get([key])
    if (found === undefined) continue
    const at = isJsonRecord(found.value) ? (found.value['next'] ?? found.value['size']) : undefined
    const data = { setting: `sink.${name}`, from: typeof at === 'number' ? String(at) : '?', to: 'forgotten' }
    const writes = [{ op: 'remove' as const, key, expect: found.version }]
    const { ok } = await commit({ writes, events: [event('config.changed', { ...asked, data })] })
    if (ok) return true
    throw new AuditError('ERR_AUDIT_INPUT', `The sink ${name} is in use elsewhere: its place moved meanwhile.`)
  }
  return false
}

function witnessKey(name: string): readonly Key[] {
  return name.startsWith(WITNESS) ? [cursorKey(name.slice(WITNESS.length))] : []
}
