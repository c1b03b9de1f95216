import fc from 'fast-check'

/** What must never stand unescaped in a page: it would be an element, or an attribute, of that name. */
export const MARK = '<zq>'
export const ATTRIBUTE_MARK = '" zq="'

/** Texts that have broken something somewhere. */
const nastyTexts: readonly string[] = [
  '',
  '.',
  '..',
  '%2e%2e%2f',
  '%00',
  '\0',
  '%',
  '%ff',
  '%C0%AF',
  '%E2%80%AE',
  '%u0041',
  'é',
  '\u202e',
  '\ud800',
  '%F0%9F%92%A9',
  'a'.repeat(5_000),
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  MARK,
  `">${MARK}`,
  `'>${MARK}`,
  ATTRIBUTE_MARK,
  encodeURIComponent(MARK),
  encodeURIComponent(`">${MARK}`),
  encodeURIComponent(ATTRIBUTE_MARK),
  '`zq`',
  'javascript:zq',
  '{}',
  '[]',
  'null',
  'true',
  '-1',
  '1e309',
  'NaN',
  '\\',
  '\t',
  ';',
  '%0d%0aset-cookie:%20zq=1',
  '\r\nset-cookie: zq=1',
  '//evil.example',
  '${7*7}',
]

/** A text: one of those, any at all, or several together. */
export const texts: fc.Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...nastyTexts) },
  { weight: 2, arbitrary: fc.string({ unit: 'binary', maxLength: 40 }) },
  { weight: 1, arbitrary: fc.array(fc.constantFrom(...nastyTexts), { maxLength: 4 }).map((some) => some.join('')) },
)

/** Names of fields and parameters that this package reads, and others. */
export const names: fc.Arbitrary<string> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.constantFrom(
      'code',
      '_csrf',
      'label',
      'kept',
      'name',
      'response',
      'to',
      'amount',
      '_sallyport_resume',
      'factor',
      'return_to',
      'resume',
      'enrolment',
      'challenge',
      'notice',
      'session_reloaded',
      '__proto__',
      'constructor',
      'prototype',
      'length',
      'code[]',
      'code[a]',
      'a[b][c]',
      '__proto__[polluted]',
    ),
  },
  { weight: 1, arbitrary: texts },
)

/** A value that JSON can carry, deep or not, with names that have polluted prototypes. */
export const values: fc.Arbitrary<unknown> = fc.letrec<{ readonly value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    texts,
    fc.constantFrom(null, true, false, 0, -1, 1.5, 1e300),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.array(fc.tuple(names, tie('value')), { maxLength: 4 }).map((pairs) => {
      const made: Record<string, unknown> = Object.create(null)
      for (const [name, value] of pairs)
        Object.defineProperty(made, name, { value, enumerable: true, configurable: true })
      return made
    }),
  ),
})).value

/** Ways to spell a path as nobody should. */
export const spellings: fc.Arbitrary<(path: string) => string> = fc
  .oneof(fc.constant(0), fc.constant(1), fc.constant(1), fc.constant(3))
  .chain((maxLength) => fc.array(fc.tuple(fc.nat({ max: 60 }), fc.nat({ max: 25 })), { maxLength }))
  .map((some) => (path: string) => some.reduce((spelled, [at, how]) => SPELLINGS[how]?.(spelled, at) ?? spelled, path))

type Spelling = (path: string, at: number) => string

function changeAt(path: string, place: number, how: (letter: string) => string): string {
  const at = path.length === 0 ? 0 : place % path.length
  return path.slice(0, at) + how(path.charAt(at)) + path.slice(at + 1)
}

function hex(letter: string): string {
  return `%${(letter.charCodeAt(0) & 0xff).toString(16).padStart(2, '0')}`
}

const SPELLINGS: readonly Spelling[] = [
  (path, at) => changeAt(path, at, (letter) => letter.toUpperCase()),
  (path) => path.toUpperCase(),
  (path, at) => changeAt(path, at, hex),
  (path, at) => changeAt(path, at, (letter) => hex(letter).toUpperCase()),
  (path, at) => changeAt(path, at, (letter) => `%25${hex(letter).slice(1)}`),
  (path, at) => changeAt(path, at, (letter) => `${letter}/`),
  (path, at) => changeAt(path, at, (letter) => `${letter}%2f`),
  (path, at) => changeAt(path, at, (letter) => `${letter}\\`),
  (path, at) => changeAt(path, at, (letter) => `${letter}/.`),
  (path, at) => changeAt(path, at, (letter) => `${letter}/x/..`),
  (path, at) => changeAt(path, at, (letter) => `${letter}%00`),
  (path, at) => changeAt(path, at, (letter) => `${letter};a=b`),
  (path, at) => changeAt(path, at, (letter) => String.fromCharCode(letter.charCodeAt(0) + 0xfee0)),
  (path, at) => changeAt(path, at, () => ''),
  (path) => `/${path}`,
  (path) => `//${path}`,
  (path) => `${path}/`,
  (path) => `${path}//`,
  (path) => `${path}?`,
  (path) => `${path}?x=1#y`,
  (path) => `${path}%20`,
  (path) => `/.${path}`,
  (path) => `/x/..${path}`,
  (path) => `http://evil.example${path}`,
  (path) => `https://evil.example:443${path}`,
  (path) => path.replace('/', '/\u00e9'),
]
