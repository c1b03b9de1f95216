// Members have the name that they first came with. Yours would be a table.
const names = new Map<string, string>()

/** The name of a member; `offered` is what a provider calls them, for those who are new. */
export function memberName(id: string, offered = 'somebody'): string {
  const name = names.get(id) ?? offered
  names.set(id, name)
  return name
}
