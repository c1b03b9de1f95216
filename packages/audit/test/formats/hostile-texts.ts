import { constantFrom, oneof, string, array, type Arbitrary } from 'fast-check'

// What ends lines, moves cursors, turns text around, forges records and keys, or becomes a formula.
const PIECES = [
  '\r',
  '\n',
  '\r\n',
  '\u0000',
  '\t',
  '\u001b[2J',
  '\u0085',
  '\u009b1m',
  '\u2028',
  '\u2029',
  '\u202e',
  '\u2066',
  '\u2069',
  '\u061c',
  '\ufeff',
  '\u200b',
  '\u{e0001}',
  '\ud800',
  '\udc00',
  'CEF:0|',
  '|',
  '=',
  ' suser=',
  ' outcome=success',
  '\\',
  '\\n',
  '\\u0041',
  '"',
  "'",
  '{',
  '}',
  ',',
  ';',
  '=cmd()',
  '+1',
  '-1',
  '@a',
  '＝1',
  '＋',
  ' ',
  '  ',
  'ä',
  '🔐',
  '__proto__',
] as const

/** Texts of such pieces and of anything else. */
export const hostileText: Arbitrary<string> = oneof(
  array(constantFrom(...PIECES), { minLength: 1, maxLength: 8 }).map((pieces) => pieces.join('')),
  string({ unit: 'binary', minLength: 1, maxLength: 12 }),
)

/** What no line of any format may have in it. */
export const UNSAFE: RegExp = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u
