import { AuditError } from '../errors.ts'
import { escapeText, isPlain } from './escape.ts'

/** The seven fields in front of a CEF record's extension; none may hold control characters. */
export interface CefHeader {
  readonly vendor: string
  readonly product: string
  readonly deviceVersion: string
  readonly eventClassId: string
  readonly name: string
  /** 0 to 10, or one of the words that CEF has for it. */
  readonly severity: string
}

/** A name of ASCII letters, digits and `_`, and a value. */
export type CefPair = readonly [name: string, value: string]

const SEVERITY = /^(?:\d|10|Unknown|Low|Medium|High|Very-High)$/
const KEY = /^[a-zA-Z0-9_]+$/

/**
 * Writes a CEF record of version 0 on one line.
 *
 * In the header `\` and `|` are escaped; in the values of the extension `\` and `=`, CR and LF as CEF has it. Other
 * control characters, bidirectional controls, line separators and halves of surrogate pairs are written as `\uXXXX` there.
 * An escaped `=` is what keeps a value from forging a key.
 *
 * @param header Constants and configuration, never anything of a request.
 * @param extension Names and values, in their order; values may be an attacker's.
 * @throws `AuditError` with `ERR_AUDIT_INPUT` for a control character in the header, another severity, or a name that is
 * not of ASCII letters, digits and `_`.
 * @see CEF Implementation Standard, version 25, "Character Encoding"
 */
export function formatCef(header: CefHeader, extension: readonly CefPair[]): string {
  const { vendor, product, deviceVersion, eventClassId, name, severity } = header
  const fields = [vendor, product, deviceVersion, eventClassId, name].map(formatField)
  if (!SEVERITY.test(severity)) throw misuse('The severity of a CEF record is 0 to 10 or one of its words.')
  const pairs = extension.map(([key, value]) => `${formatKey(key)}=${formatValue(value)}`)
  return `CEF:0|${fields.join('|')}|${severity}|${pairs.join(' ')}`
}

function formatField(text: string): string {
  if (!isPlain(text)) throw misuse('A field of a CEF header has no control characters.')
  return text.replaceAll('\\', '\\\\').replaceAll('|', '\\|')
}

function formatKey(key: string): string {
  if (!KEY.test(key)) throw misuse('A name of a CEF extension has ASCII letters, digits and _ only.')
  return key
}

function formatValue(text: string): string {
  const escaped = escapeText(text)
  return escaped.includes('=') ? escaped.replaceAll('=', '\\=') : escaped
}

function misuse(message: string): AuditError {
  return new AuditError('ERR_AUDIT_INPUT', message)
}
