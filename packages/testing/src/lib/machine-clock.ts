/** Milliseconds since the epoch by the machine's clock: the one place of this package that asks it. */
export function machineNow(): number {
  return Date.now()
}
