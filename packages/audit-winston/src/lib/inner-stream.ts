/** What a transport writes into without telling when that breaks. */
export interface InnerStream {
  /** Whether what is written into it from now on is lost. */
  readonly isBroken: () => boolean
  /** Whether it has passed on all that was written into it. */
  readonly isEmpty: () => boolean
  /** Stops listening. */
  readonly release: () => void
}

/**
 * Finds the stream behind a transport that does not watch it, and listens to its errors as long as the transport is used:
 * an error event that nobody hears ends the process.
 *
 * winston's Stream transport writes into its stream whatever state that is in, and a rotating file passes no error on.
 *
 * @param transport A transport of the logger.
 * @param failed Called with each error of the stream.
 */
export function watchInnerStream(transport: object, failed: (cause: unknown) => void): InnerStream | undefined {
  const inner: unknown = streamOf(transport)
  if (!isEmitter(inner)) return undefined

  inner.on('error', failed)
  return {
    isBroken: () => is(inner, 'destroyed') || is(inner, 'writableEnded') || is(inner, 'errored'),
    isEmpty: () => !is(inner, 'writableLength'),
    release: () => inner.off('error', failed),
  }
}

/** Tells whether a transport is a rotating file, which says that it has finished once before and once after it has. */
export function isRotatingFile(transport: object): boolean {
  return Reflect.get(transport, 'logStream') !== undefined
}

function streamOf(transport: object): unknown {
  // `isObjectMode` is what tells winston's Stream transport from its File, which watches its own.
  if ('isObjectMode' in transport) return Reflect.get(transport, '_stream')
  return Reflect.get(transport, 'logStream')
}

interface Emitter {
  on(name: 'error', listener: (cause: unknown) => void): unknown
  off(name: 'error', listener: (cause: unknown) => void): unknown
}

function isEmitter(value: unknown): value is Emitter {
  const { on, off } = Object(value)
  return typeof on === 'function' && typeof off === 'function'
}

function is(stream: Emitter, property: string): boolean {
  return Boolean(Reflect.get(stream, property))
}
