import { vi } from 'vitest'

const METHODS = ['log', 'info', 'warn', 'error', 'debug', 'trace'] as const

/** Does something, and gives what came of it and all that this process printed meanwhile. */
export async function printedWhile<value>(
  work: () => Promise<value>,
): Promise<{ readonly value: value; readonly printed: string }> {
  const printed: string[] = []
  const take = (...words: readonly unknown[]): void => void printed.push(words.map(toText).join(' '))
  const streams = [process.stdout, process.stderr].map((stream) =>
    vi.spyOn(stream, 'write').mockImplementation((chunk) => {
      take(chunk)
      return true
    }),
  )
  const methods = METHODS.map((name) => vi.spyOn(console, name).mockImplementation(take))
  try {
    return { value: await work(), printed: printed.join('\n') }
  } finally {
    for (const spy of [...streams, ...methods]) spy.mockRestore()
  }
}

function toText(word: unknown): string {
  if (word instanceof Uint8Array) return Buffer.from(word).toString('utf8')
  return typeof word === 'string' ? word : everythingIn(word)
}

/** A value with its causes, hidden members and stack, as a careless logger would write it. */
export function everythingIn(value: unknown): string {
  const seen = new Set<unknown>()
  const write = (one: unknown): string => {
    if (typeof one !== 'object' || one === null) return String(one)
    if (seen.has(one)) return ''
    seen.add(one)
    if (one instanceof Uint8Array) return Buffer.from(one).toString('utf8')
    const members = Reflect.ownKeys(one).map((name) => `${String(name)} ${write(Reflect.get(one, name))}`)
    return [one instanceof Map || one instanceof Set ? write([...one]) : '', ...members].join('\n')
  }
  return write(value)
}
