/**
 * Tells whether a text is an origin that passkeys work on: https, or http on this machine, with nothing after the port.
 *
 * @param origin As configured.
 * @returns Its host without the port, or `undefined` when it is no such origin.
 */
export function hostOfOrigin(origin: unknown): string | undefined {
  if (typeof origin !== 'string' || !URL.canParse(origin)) return undefined
  const url = new URL(origin)
  const { hostname, protocol } = url
  if (url.origin !== origin || !(isHostName(hostname) || isLoopback(hostname))) return undefined
  return protocol === 'https:' || (protocol === 'http:' && isLoopback(hostname)) ? hostname : undefined
}

/** Whether a host is an RP ID or lies below it (WebAuthn L3 §5.1.3). */
export function isWithin(host: string, rpId: string): boolean {
  return host === rpId || host.endsWith(`.${rpId}`)
}

/** Whether a text can be an RP ID: the name of a host in lower case, no address, no port, no dot at its end. */
export function isHostName(name: unknown): name is string {
  if (typeof name !== 'string' || name.length > 253 || !/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/.test(name)) return false
  const labels = name.split('.')
  if (labels.some((label) => !/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(label))) return false
  // Whatever the browser takes for an IPv4 address ends in a number; none of them can be an RP ID.
  return !/^(?:\d+|0x[0-9a-f]*)$/.test(labels.at(-1) ?? '')
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host.endsWith('.localhost') || host === '127.0.0.1' || host === '[::1]'
}
