import { AuditError } from '../errors.ts'
import { Lease, type LeaseParts } from './lease.ts'

/** The leases of one instance, one for each sink, witness and job. */
export class Leases {
  readonly #parts: Omit<LeaseParts, 'job'>
  readonly #leases = new Map<string, Lease>()

  constructor(parts: Omit<LeaseParts, 'job'>) {
    this.#parts = parts
  }

  /** Makes the lease of a job. Throws `AuditError` with `ERR_AUDIT_INPUT` when there is one of this name. */
  add(job: string): Lease {
    if (this.#leases.has(job)) throw new AuditError('ERR_AUDIT_INPUT', 'There is a sink or job of this name already.')
    const lease = new Lease({ ...this.#parts, job })
    this.#leases.set(job, lease)
    return lease
  }

  /** Gives all of them back. Never rejects: what is not given back lapses. */
  async release(): Promise<void> {
    await Promise.allSettled([...this.#leases.values()].map((lease) => lease.release()))
  }
}
