/** The members of an object whose values are not known yet. */
export type Fields = Readonly<Record<string, unknown>>

const AAGUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

/** Whether a value is an object, no list, and has a number of members. */
export function isRecord(value: unknown, size: number): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length === size
}

/** Whether a value is a list of texts. */
export function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string')
}

/** Whether a value is an AAGUID, the id of a model of authenticator, in dashed lower-case hex. */
export function isAaguid(value: unknown): value is string {
  return typeof value === 'string' && AAGUID.test(value)
}
