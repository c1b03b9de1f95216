const MAX_TEXT = 512

/**
 * Makes a text of a client harmless: at most 512 characters, with a space where control and direction characters stood.
 *
 * @param text Controlled by the client.
 * @returns The text that anything else may look at.
 */
export function plainText(text: string): string {
  return text
    .slice(0, MAX_TEXT)
    .replace(/[\p{Cc}\p{Cf}]+/gu, ' ')
    .trim()
}
