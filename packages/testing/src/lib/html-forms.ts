/** A form of a page, with what it would send if nothing were typed. */
export interface PageForm {
  /** `get` or `post`. */
  readonly method: string
  /** Absolute. */
  readonly action: string
  /** Names and values of its fields; without those of buttons. */
  readonly fields: Readonly<Record<string, string>>
}

interface Tag {
  readonly name: string
  readonly attributes: ReadonlyMap<string, string>
}

/**
 * Reads the forms of a page: `form`, `input`, and fields tied to a form by their `form` attribute.
 *
 * It reads the pages of this project and of its fake provider, whose attributes are double-quoted; it is no HTML parser.
 */
export function readForms(html: string, base: string): readonly PageForm[] {
  const forms: { id: string | undefined; method: string; action: string; fields: Record<string, string> }[] = []
  let open = -1
  for (const tag of readTags(html)) {
    if (tag.name === 'form') {
      const action = new URL(tag.attributes.get('action') ?? base, base).href
      const method = (tag.attributes.get('method') ?? 'get').toLowerCase()
      open = forms.push({ id: tag.attributes.get('id'), method, action, fields: {} }) - 1
    } else if (tag.name === '/form') open = -1
    else if (tag.name === 'input') addField(tag, forms, open)
  }
  return forms.map(({ method, action, fields }) => ({ method, action, fields }))
}

function addField(
  tag: Tag,
  forms: readonly { id: string | undefined; fields: Record<string, string> }[],
  open: number,
): void {
  const owner = tag.attributes.get('form')
  const form = owner === undefined ? forms[open] : forms.find((one) => one.id === owner)
  const name = tag.attributes.get('name')
  if (!form || name === undefined || tag.attributes.get('type') === 'submit') return
  form.fields[name] = tag.attributes.get('value') ?? ''
}

function* readTags(html: string): Generator<Tag> {
  let at = html.indexOf('<')
  while (at >= 0) {
    const { tag, end } = readTag(html, at + 1)
    if (tag.name !== '') yield tag
    at = html.indexOf('<', end)
  }
}

function readTag(html: string, start: number): { tag: Tag; end: number } {
  let at = start
  while (at < html.length && !' \n\t>'.includes(html.charAt(at))) at += 1
  const name = html.slice(start, at).toLowerCase()
  const attributes = new Map<string, string>()
  while (at < html.length && html.charAt(at) !== '>') {
    if (' \n\t/'.includes(html.charAt(at))) {
      at += 1
      continue
    }
    const nameStart = at
    while (at < html.length && !' \n\t=>/'.includes(html.charAt(at))) at += 1
    const attribute = html.slice(nameStart, at).toLowerCase()
    const quoted = html.startsWith('="', at)
    const close = quoted ? html.indexOf('"', at + 2) : at
    attributes.set(attribute, quoted ? decodeEntities(html.slice(at + 2, close)) : '')
    // A stray quote or sign is stepped over, so that the loop always ends.
    at = quoted && close >= 0 ? close + 1 : Math.max(at, nameStart + 1)
  }
  return { tag: { name, attributes }, end: at }
}

function decodeEntities(text: string): string {
  return text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&#x27;', "'")
    .replaceAll('&amp;', '&')
}
