import type { Found, Store, Write } from '@sallyport/store'

import type { Audit } from '../audit-contract.ts'
import type { ClockReading } from '../clock/clock-watch.ts'
import { bootKey, BOOT_PREFIX, hasEnded, parseBoot, putBoot, type Boot } from './boot-record.ts'
import { event } from '../events/event.ts'
import type { EventWriter } from '../writing/event-writer.ts'
import type { SignedUpTo } from '../signing/signer.ts'
import type { PendingEvent } from '../events/types.ts'

// So many heartbeats may fail to come before a process counts as silent.
const SILENT_AFTER = 4
const AT_ONCE = 100
// Heartbeats that were on their way when the ledger was closed may change the record of the process meanwhile.
const CLOSE_TRIES = 3

interface HeartbeatParts {
  readonly store: Store
  readonly writer: EventWriter
  readonly self: Omit<Boot, 'at'>
  /** How often a heartbeat comes, in milliseconds. */
  readonly everyMs: number
  /** What the clocks say now. */
  readonly clocks: () => ClockReading
}

/**
 * What makes a process visible that is silenced or crashes: a record for each that has the ledger open, renewed by
 * heartbeats, removed when the ledger is closed. A record whose process has ended, or of which nothing was heard for
 * four heartbeats, is removed together with the event that says so, by whichever process finds it first.
 */
export class Heartbeat {
  readonly #parts: HeartbeatParts
  #version: string | null = null
  #named: number | undefined
  #isClosing = false
  #lastId: string | undefined

  constructor(parts: HeartbeatParts) {
    this.#parts = parts
  }

  /** Commits further writes and events together with the record of this process. Resolves to whether that was possible. */
  async open(more: { readonly writes: readonly Write[]; readonly events: readonly PendingEvent[] }): Promise<boolean> {
    return await this.#renew(more)
  }

  /** Says that this process lives, and which checkpoint it has signed since the last time; nothing once it has begun to close. */
  async beat(signed: SignedUpTo | undefined): Promise<void> {
    if (this.#isClosing) return
    const { writer, clocks } = this.#parts
    const beat = event('ledger.heartbeat', { data: { ...writer.state, ...clocks() } })
    const isNew = signed !== undefined && signed.size !== this.#named
    const data = { size: signed?.size ?? 0, root: signed?.root ?? '' }
    const events = [beat, ...(isNew ? [event('ledger.checkpoint_signed', { data })] : [])]
    // Somebody may have taken this process for silent and removed its record: that stays written, and it begins anew.
    const isRenewed =
      (await this.#renew({ writes: [], events })) || (!this.#isClosing && (await this.#renew({ writes: [], events })))
    if (isRenewed) this.#named = signed?.size
  }

  /** Records every process that has ended without closing the ledger, or has been silent for too long. */
  async recordSilent(): Promise<void> {
    const { store, self } = this.#parts
    const overdue = new Set((await store.due(BOOT_PREFIX, AT_ONCE)).map(({ version }) => version))
    let page: readonly Found[] = []
    do {
      page = await store.list(BOOT_PREFIX, { after: page.at(-1)?.key, limit: AT_ONCE })
      for (const found of page) {
        const boot = parseBoot(found)
        if (boot.boot === self.boot || !(overdue.has(found.version) || hasEnded(boot, self.place))) continue
        await this.#recordOne(found, boot)
      }
    } while (page.length === AT_ONCE)
  }

  /**
   * Commits the last event of this process together with the end of its record and with what was lost until now. When it
   * rejects it may be called again: of all tries one at most is recorded.
   */
  async close(last: PendingEvent): Promise<void> {
    const key = bootKey(this.#parts.self.boot)
    this.#isClosing = true
    for (let tries = 0; tries < CLOSE_TRIES; tries++) {
      const version = await this.#storedVersion()
      if (version === null) break
      if (await this.#commitLast([{ op: 'remove', key, expect: version }], last)) return
    }
    await this.#commitLast([], last)
  }

  /** Closes as `close` does if this process has said that it opened the ledger. */
  async abandon(last: PendingEvent): Promise<void> {
    if ((await this.#storedVersion()) !== null) await this.close(last)
  }

  // Under one id until it was refused: an answer that was lost may have been a yes.
  async #commitLast(writes: readonly Write[], last: PendingEvent): Promise<boolean> {
    const { writer } = this.#parts
    this.#lastId ??= writer.newId()
    const { ok } = await writer.commitWithGaps({ id: this.#lastId, writes, events: [last] })
    if (!ok) this.#lastId = undefined
    return ok
  }

  async #recordOne({ key, version }: Found, { boot, writer, at }: Boot): Promise<void> {
    const silent = { boot, writer, since: new Date(at).toISOString() }
    // Another process may be faster: then the commit is refused, and everything is said.
    await this.#parts.writer.commit({
      writes: [{ op: 'remove', key, expect: version }],
      events: [event('ledger.gap_recorded', { data: { lost: {}, delayed: {}, silent } })],
    })
  }

  async #renew(more: Parameters<Audit['commit']>[0]): Promise<boolean> {
    const { store, writer, self, everyMs } = this.#parts
    const record = putBoot({ ...self, at: store.now() }, this.#version, SILENT_AFTER * everyMs)
    const id = writer.newId()
    const { ok } = await writer.commit({ id, writes: [record, ...more.writes], events: more.events })
    this.#version = ok ? id : await this.#storedVersion()
    return ok
  }

  async #storedVersion(): Promise<string | null> {
    const [found] = await this.#parts.store.get([bootKey(this.#parts.self.boot)])
    return found?.version ?? null
  }
}
