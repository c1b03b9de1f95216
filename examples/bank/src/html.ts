/** A piece of HTML in which everything that came from outside is escaped. */
export class Html {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

/** Builds HTML; values are escaped unless they are HTML themselves. */
export function html(
  parts: TemplateStringsArray,
  ...values: readonly (Html | readonly Html[] | string | number)[]
): Html {
  const text = parts.reduce((whole, part, place) => whole + part + placed(values[place]), '')
  return new Html(text)
}

function placed(value: Html | readonly Html[] | string | number | undefined): string {
  if (value instanceof Html) return value.text
  if (Array.isArray(value)) return value.map((piece: Html) => piece.text).join('')
  return String(value ?? '').replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`)
}
