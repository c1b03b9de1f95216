import { AuditError } from '../errors.ts'

const MAX_DETAILS = 16
const MAX_LENGTH = 4_096
const MAX_ALL_LENGTHS = 8_192
const NAME = /^[a-zA-Z]{1,32}$/

/**
 * Names what one event seals as its envelope does: `detail.<name>`. It proves something, so what is too much is refused
 * rather than shortened.
 *
 * @param sealed `EventInput.sealed`; its values may come from a client.
 * @returns Names and values, none when nothing is given.
 * @throws `AuditError` with `ERR_AUDIT_INPUT` for more than 16 names, a name that is not 1 to 32 letters, a value of more
 * than 4,096 characters, or more than 8,192 together.
 */
export function sealedDetails(sealed: Readonly<Record<string, string>> = {}): readonly (readonly [string, string])[] {
  const details = Object.entries(sealed)
  if (details.length > MAX_DETAILS || !details.every(isDetail)) throw outOfBounds()
  if (details.reduce((sum, [, value]) => sum + value.length, 0) > MAX_ALL_LENGTHS) throw outOfBounds()
  return details.map(([name, value]) => [`detail.${name}`, value])
}

function isDetail([name, value]: readonly [string, unknown]): boolean {
  return NAME.test(name) && typeof value === 'string' && value.length <= MAX_LENGTH
}

function outOfBounds(): AuditError {
  return new AuditError('ERR_AUDIT_INPUT', 'What an event seals has a name, a number or a size out of bounds.')
}
