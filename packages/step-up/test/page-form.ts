import type { Reply, Sending } from './person.ts'

/** How a browser asks for a page, or sends a form of one. */
export const PAGE: Sending = {
  headers: { accept: 'text/html', 'sec-fetch-dest': 'document', 'sec-fetch-site': 'same-origin' },
}

/** A form of a page. */
export interface PageForm {
  readonly action: string
  /** Its hidden fields, as they stand. */
  readonly fields: Readonly<Record<string, string>>
}

/** Finds the form of a page whose address contains a text. */
export function formOf(reply: Reply, part: string): PageForm {
  for (const [, action = '', content = ''] of reply.text.matchAll(
    /<form method="post" action="([^"]*)">([^]*?)<\/form>/g,
  )) {
    if (action.includes(part)) return { action: decode(action), fields: hiddenFields(content) }
  }
  throw new Error(`formOf: the page has no form to ${part}`)
}

function hiddenFields(content: string): Readonly<Record<string, string>> {
  const fields = [...content.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)"/g)]
  return Object.fromEntries(fields.map(([, name = '', value = '']) => [decode(name), decode(value)]))
}

function decode(text: string): string {
  return text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&#96;', '`')
    .replaceAll('&#13;', '\r')
    .replaceAll('&amp;', '&')
}
