/** A JSON object as a format has it. */
export type JsonObject = Readonly<Record<string, unknown>>

/** Leaves out what is `undefined`. */
export function compact(members: JsonObject): JsonObject {
  const kept: Record<string, unknown> = {}
  for (const name of Object.keys(members)) if (members[name] !== undefined) kept[name] = members[name]
  return kept
}

/** Leaves out what is `undefined`, and the whole when nothing is left. */
export function compactOrNothing(members: JsonObject): JsonObject | undefined {
  for (const name of Object.keys(members)) if (members[name] !== undefined) return compact(members)
  return undefined
}
