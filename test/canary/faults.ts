/** An object like another one, with some methods in place of its own. */
export function withMethods<T extends object>(object: T, methods: Partial<T>): T {
  return new Proxy(object, {
    get(whole, name) {
      const member: unknown = Reflect.get(methods, name) ?? Reflect.get(whole, name)
      return typeof member === 'function' ? member.bind(whole) : member
    },
  })
}
