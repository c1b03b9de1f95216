/** Something that will have happened. */
export interface Promised<T> {
  readonly promise: Promise<T>
  readonly resolve: (value: T) => void
}

/** Makes a promise that somebody else resolves. */
export function promised<T>(): Promised<T> {
  let settle: (value: T) => void = () => undefined
  const promise = new Promise<T>((resolve) => {
    settle = resolve
  })
  return { promise, resolve: (value) => settle(value) }
}
