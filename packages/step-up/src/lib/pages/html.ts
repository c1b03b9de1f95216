const MARKUP: unique symbol = Symbol('markup')

/** Markup that may stand in a page as it is. Only `html` and `trustedMarkup` make it, so no data can pose as it. */
export interface Markup {
  readonly [MARKUP]: string
}

/** What may be placed into a template: strings and numbers are escaped, markup is kept, `undefined` is nothing. */
export type Placed = string | number | Markup | readonly Markup[] | undefined

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
  '`': '&#96;',
  // A parser turns a bare carriage return into a line feed; as a reference it survives the round trip of a hidden field.
  '\r': '&#13;',
}

/**
 * Builds markup from a template literal, with every placed value escaped. The escaping holds in text and in attribute
 * values within double quotes, and nowhere else: templates place nothing inside tags, scripts or styles.
 *
 * @param parts the literal parts, written by us.
 * @param values what is placed between them; strings may be controlled by anybody.
 * @returns markup that can be placed into other templates without being escaped again.
 */
export function html(parts: TemplateStringsArray, ...values: readonly Placed[]): Markup {
  return trustedMarkup(parts.map((part, index) => part + place(values[index])).join(''))
}

/**
 * Declares a string to be markup. For constants of this folder and for a factor's own drawing; never for anything a
 * person, a browser or an identity provider said.
 *
 * @param text complete elements.
 */
export function trustedMarkup(text: string): Markup {
  return { [MARKUP]: text }
}

/**
 * Gives the text of markup, ready to be sent.
 *
 * @param markup made by `html`.
 */
export function render(markup: Markup): string {
  return markup[MARKUP]
}

/**
 * Gives a value for `href` or `action`: an address on this site, or an absolute one by http or https. Everything else
 * (`javascript:`, `data:`, another host by two slashes, control characters) becomes `about:invalid`, which leads nowhere.
 *
 * @param value an address, possibly made from a request.
 */
export function safeUrl(value: string): string {
  const known = /^(?:\/(?![/\\])|[?#]|\.{1,2}\/|https?:\/\/)/i.test(value)
  return known && !/[\p{Cc}\s\\]/u.test(value) ? value : 'about:invalid'
}

// Control characters, zero-width spaces and bidirectional overrides: with them a name or an amount can be made to read
// as another one. Tab and line ends are harmless; joiners and direction marks belong to scripts that need them.
const MISLEADING = /(?![\t\n\r])[\p{Cc}\u200b\u2028-\u202e\u2060-\u2069\ufeff]/gu

/**
 * Shows a value that somebody else chose: escaped, kept from changing the direction of the text around it, and with
 * every misleading invisible character made visible.
 *
 * @param text controlled by the person, the application or the identity provider.
 */
export function shown(text: string): Markup {
  return html`<bdi>${text.replace(MISLEADING, '\u{fffd}')}</bdi>`
}

function place(value: Placed): string {
  if (value === undefined) return ''
  if (typeof value === 'number') return String(value)
  if (typeof value === 'string') return value.replace(/[&<>"'`\r]/g, (character) => ESCAPES[character] ?? '')
  if (isList(value)) return value.map(render).join('')
  return render(value)
}

function isList(value: Markup | readonly Markup[]): value is readonly Markup[] {
  return Array.isArray(value)
}
