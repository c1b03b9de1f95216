import { isUtf8 } from 'node:buffer'

// U+DC80 to U+DCFF stand alone in no text that UTF-8 can hold, so no other octets read like these.
const LONE = 0xdc00

/**
 * Reads octets as text, different octets as different text: as UTF-8 where they are that, otherwise with a lone
 * surrogate for each octet above 0x7F.
 */
export function readOctets(octets: Uint8Array): string {
  if (isUtf8(octets)) return Buffer.from(octets).toString('utf8')
  return Buffer.from(octets)
    .toString('latin1')
    .replaceAll(/[\u0080-\u00ff]/g, (octet) => String.fromCharCode(LONE + octet.charCodeAt(0)))
}
