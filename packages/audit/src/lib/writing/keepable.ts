// Characters, and members of objects and lists. An entry has at most 16 kB.
const MAX_CHARACTERS = 32_768
const MAX_MEMBERS = 1_000

/** Tells whether a value is small enough to be kept in memory for a while; looks no further than it must. */
export function isKeepable(value: unknown): boolean {
  let characters = MAX_CHARACTERS
  let members = MAX_MEMBERS
  const left: unknown[] = [value]
  while (left.length > 0) {
    const one = left.pop()
    if (typeof one === 'string') characters -= one.length
    if (typeof one !== 'object' || one === null) continue

    for (const name in one) {
      members -= 1
      characters -= name.length
      if (members < 0 || characters < 0) return false
      left.push(Reflect.get(one, name))
    }
  }
  return characters >= 0
}
