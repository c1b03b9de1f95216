/** Characters of what a person calls an authenticator. */
const MAX_LABEL = 64

/** Reads a name that a person gives, or `undefined` for what cannot be shown as one. */
export function readLabel(typed: string | undefined): string | undefined {
  const label = typed?.trim().toWellFormed()
  return label === undefined || label === '' || label.length > MAX_LABEL || /\p{Cc}/u.test(label) ? undefined : label
}

/** Makes a name that a factor gives one that can be shown; empty when nothing of it is left. */
export function cleanLabel(given: string): string {
  return given
    .toWellFormed()
    .replace(/\p{Cc}/gu, '')
    .trim()
    .slice(0, MAX_LABEL)
    .toWellFormed()
}
