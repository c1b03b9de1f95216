import { randomBytes } from 'node:crypto'

import type { Canary } from './search.ts'

/** All secrets of a world: those that were made for it, and those that it makes while it runs. */
export class Canaries {
  readonly #all = new Map<string, Canary>()

  get all(): readonly Canary[] {
    return [...this.#all.values()]
  }

  get kinds(): readonly string[] {
    return [...new Set(this.all.map(({ kind }) => kind))]
  }

  /** Takes a secret down; gives it back. */
  add<T extends string | Uint8Array>(kind: string, secret: T): T {
    this.#all.set(`${kind} ${Buffer.from(secret).toString('latin1')}`, { kind, secret })
    return secret
  }

  /** Makes a text that nothing else contains, with a word by which people recognise it. */
  make(kind: string, word: string, wrap: (core: string) => string = (core) => core): string {
    const core = `${word}${randomBytes(9).toString('hex')}`
    const whole = wrap(core)
    // However the signs around it are written, the word itself stays.
    this.add(kind, core)
    return this.add(kind, whole)
  }
}
