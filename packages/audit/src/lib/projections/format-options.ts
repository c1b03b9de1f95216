import { AuditError } from '../errors.ts'
import { isPlain } from './escape.ts'

/** What an event cannot say of itself. */
export interface FormatOptions {
  /** Who makes the log: each 1 to 63 characters, none of them a control or format character. */
  readonly product?:
    | {
        /** `Sallyport` if not given. */
        readonly vendor?: string | undefined
        /** `audit` if not given. */
        readonly name?: string | undefined
        /** The version of the entry's format, `1`, if not given. */
        readonly version?: string | undefined
      }
    | undefined
  /** The ledger's name, as `openAudit` has it, so that events of several ledgers can be told apart; 1 to 255 characters. */
  readonly origin?: string | undefined
}

/** The options with every default in its place. */
export interface ResolvedFormatOptions {
  readonly vendor: string
  readonly name: string
  readonly version: string
  readonly origin: string | undefined
}

const MAX_PRODUCT = 63
const MAX_ORIGIN = 255

/** Checks the options of a format; throws `AuditError` with `ERR_AUDIT_INPUT` for what is out of bounds. */
export function resolveFormatOptions(options: FormatOptions = {}): ResolvedFormatOptions {
  requireNames(options, ['product', 'origin'])
  const { product = {}, origin } = options
  requireNames(product, ['vendor', 'name', 'version'])
  if (origin !== undefined) requireText(origin, MAX_ORIGIN)
  const { vendor = 'Sallyport', name = 'audit', version = '1' } = product
  for (const text of [vendor, name, version]) requireText(text, MAX_PRODUCT)
  return { vendor, name, version, origin }
}

function requireNames(options: unknown, known: readonly string[]): void {
  if (typeof options !== 'object' || options === null) throw misuse('The options of formats, and product, are objects.')
  for (const name of Object.keys(options)) {
    if (!known.includes(name)) throw misuse(`Options of formats are ${known.join(', ')}.`)
  }
}

function requireText(value: unknown, max: number): void {
  if (typeof value === 'string' && value.length >= 1 && value.length <= max && isPlain(value)) return
  throw misuse('The texts of product and origin have 1 to 63 and 1 to 255 characters, without control characters.')
}

function misuse(message: string): AuditError {
  return new AuditError('ERR_AUDIT_INPUT', message)
}
