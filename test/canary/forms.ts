/** One way in which a secret can stand in bytes. */
export interface Form {
  readonly name: string
  readonly bytes: Buffer
}

// What is shorter stands in many bytes by chance.
const MIN_BYTES = 7

/**
 * Every form in which the search looks for a secret. It compares letters without their case, and looks a second time without
 * the white space, so that folded, grouped and wrapped writings are among them.
 *
 * @param secret A text, or the raw bytes of a key.
 */
export function formsOf(secret: string | Uint8Array): readonly Form[] {
  const raw = Buffer.from(secret)
  if (raw.length < MIN_BYTES) throw new Error('formsOf: too short to be recognised')
  const all = [...bytesForms(raw), ...(typeof secret === 'string' ? textForms(secret) : numberForms(raw))]
  const once = new Map(all.map((form) => [form.bytes.toString('latin1').toLowerCase(), form]))
  return [...once.values()]
}

function bytesForms(raw: Buffer): readonly Form[] {
  return [
    { name: 'as is', bytes: raw },
    form('hex', raw.toString('hex')),
    ...[0, 1, 2].flatMap((place) => [
      form(`base64 at ${place}`, innerBase64(raw, place, 'base64')),
      form(`base64url at ${place}`, innerBase64(raw, place, 'base64url')),
    ]),
  ]
}

/** The characters that a secret determines alone, wherever between other bytes it stands. */
function innerBase64(raw: Buffer, place: number, encoding: 'base64' | 'base64url'): string {
  const text = Buffer.concat([Buffer.alloc(place), raw])
    .toString(encoding)
    .replace(/=+$/, '')
  const start = Math.ceil((place * 8) / 6)
  return text.slice(start, Math.floor(((place + raw.length) * 8) / 6))
}

function textForms(text: string): readonly Form[] {
  const json = JSON.stringify(text).slice(1, -1)
  const encoded = encodeURIComponent(text)
  return [
    // Without the outer zero byte it is the same in both byte orders.
    { name: 'UTF-16', bytes: Buffer.from(text, 'utf16le').subarray(0, -1) },
    form('JSON', json),
    form('JSON in JSON', JSON.stringify(json).slice(1, -1)),
    form(
      'JSON by numbers',
      escaped(text, (code) => `\\u${code.toString(16).padStart(4, '0')}`),
    ),
    form('URL', encoded),
    form('URL in URL', encodeURIComponent(encoded)),
    form(
      'URL whole',
      escaped(text, (code) => `%${code.toString(16).padStart(2, '0')}`),
    ),
    form('form', new URLSearchParams([['', text]]).toString().slice(1)),
    form(
      'HTML by names',
      text.replace(/[&<>"']/g, (sign) => HTML[sign] ?? sign),
    ),
    form(
      'HTML by numbers',
      text.replace(/[&<>"'=+/@`]/g, (sign) => `&#${sign.charCodeAt(0)};`),
    ),
    form(
      'HTML by hex numbers',
      text.replace(/[&<>"'=+/@`]/g, (sign) => `&#x${sign.charCodeAt(0).toString(16)};`),
    ),
    form('without spaces', text.replace(/\s/g, '')),
  ]
}

/** How bytes come out of `JSON.stringify` and `util.inspect`; ten of them are as good as all. */
function numberForms(raw: Buffer): readonly Form[] {
  return [form('numbers', [...raw.subarray(0, 10)].join(','))]
}

function escaped(text: string, write: (code: number) => string): string {
  return Array.from({ length: text.length }, (_, at) => write(text.charCodeAt(at))).join('')
}

function form(name: string, text: string): Form {
  return { name, bytes: Buffer.from(text) }
}

const HTML: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }
