/** Deliveries that go nowhere but into a list. */
export interface CapturedDeliveries<Notice> {
  /** Takes a notice, or rejects once after `failNext`. Usable wherever a `notify` function is asked for. */
  readonly notify: (notice: Notice) => Promise<void>
  /** What was taken, the oldest first. */
  readonly sent: readonly Notice[]
  /** Lets the next notice fail, as a mail server that is down does. */
  failNext(): void
}

/**
 * Makes a delivery for tests that keeps what it was given.
 *
 * @returns `notify` to hand to the code under test, and what it was given.
 * @example
 * const deliveries = capturedDeliveries<{ to: string }>()
 * await deliveries.notify({ to: 'ada@example.test' })
 */
export function capturedDeliveries<Notice>(): CapturedDeliveries<Notice> {
  const sent: Notice[] = []
  let failures = 0
  return {
    async notify(notice) {
      if (failures > 0) {
        failures -= 1
        throw new Error('The delivery was told to fail')
      }
      sent.push(notice)
    },
    sent,
    failNext() {
      failures += 1
    },
  }
}
