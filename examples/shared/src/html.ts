/** A piece of HTML in which everything that came from outside is escaped. */
export class Html {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

/** What may stand in a template: text is escaped, HTML is not. */
export type Placed = Html | readonly Html[] | string | number

/** Builds HTML; values are escaped unless they are HTML themselves. */
export function html(parts: TemplateStringsArray, ...values: readonly Placed[]): Html {
  return new Html(parts.reduce((whole, part, place) => whole + part + placed(values[place] ?? ''), ''))
}

function placed(value: Placed): string {
  if (value instanceof Html) return value.text
  if (typeof value === 'object') return value.map(({ text }) => text).join('')
  return String(value).replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`)
}
