import { randomUUID } from 'node:crypto'
import { readFile, rename, writeFile } from 'node:fs/promises'

import { StartError } from '@sallyport-examples/shared'

/** Who has an account: an id that never changes, and a name to show. There is nothing else to know or to lose. */
export interface People {
  /** Makes an account and gives its id. */
  add(name: string): Promise<string>
  nameOf(id: string): string | undefined
}

/** Opens the file of all accounts. Yours would be a table. */
export async function openPeople(path: string): Promise<People> {
  const names = new Map(await readNames(path))
  let saved = Promise.resolve()
  const save = async (): Promise<void> => {
    await writeFile(`${path}.new`, JSON.stringify([...names]), { mode: 0o600 })
    await rename(`${path}.new`, path)
  }
  return {
    async add(name) {
      const id = randomUUID()
      names.set(id, name)
      // One after the other, also when one of them has failed.
      saved = saved.then(save, save)
      await saved
      return id
    },
    nameOf: (id) => names.get(id),
  }
}

/** Reads a name from a form: letters, digits, spaces and a few signs, at most 40; `undefined` for anything else. */
export function readName(body: unknown): string | undefined {
  const name: unknown = typeof body === 'object' && body !== null ? Reflect.get(body, 'name') : undefined
  return typeof name === 'string' && /^[\p{L}\p{N}][\p{L}\p{N} .'-]{0,39}$/u.test(name) ? name : undefined
}

async function readNames(path: string): Promise<readonly (readonly [string, string])[]> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '[]'
    throw new StartError(`${path} cannot be read (${error.code ?? error.message}).`)
  })
  try {
    return JSON.parse(text)
  } catch {
    throw new StartError(`${path} is damaged: it is not JSON.`)
  }
}
