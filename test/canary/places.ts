import { readdirSync, readFileSync } from 'node:fs'
import type { Server, ServerResponse } from 'node:http'
import { join, relative } from 'node:path'
import { inspect } from 'node:util'

/** Some bytes that were written, and where. */
export interface Place {
  readonly name: string
  readonly bytes: Uint8Array
}

/** Everything that was written anywhere. */
export class Places {
  readonly all: Place[] = []

  add(name: string, content: string | Uint8Array): void {
    this.all.push({ name, bytes: Buffer.from(content) })
  }

  /** What a person who looks for the cause of an error gets to see: message, stack, members, causes. */
  addError(name: string, error: unknown): void {
    this.add(name, inspect(error, { depth: 12, showHidden: true, maxStringLength: null, maxArrayLength: null }))
    for (let cause = error; cause instanceof Error; cause = cause.cause)
      this.add(name, `${cause.message}\n${cause.stack}\n${JSON.stringify(cause)}`)
  }

  /** Every file of a folder, as its bytes are now. */
  addFolder(name: string, folder: string): void {
    for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue
      const path = join(entry.parentPath, entry.name)
      this.add(`${name} ${relative(folder, path)}`, readFileSync(path))
    }
  }

  /** Every byte that a server answers: each header by its name, and the bodies. */
  addAnswersOf(server: Server): void {
    server.prependListener('request', ({ method = '', url = '' }, response) => {
      const route = `${method} ${url.split('?')[0]?.replace(/\/(?:[0-9A-Z]{26}|[%Z]*PathSecret\w+)/g, '/:id')}`
      const body = bodyOf(response)
      response.once('finish', () => {
        for (const [header, value] of Object.entries(response.getHeaders()))
          this.add(`header ${header} of ${route}`, [value].flat().join('\n'))
        this.add(`${response.statusCode} body of ${route}`, Buffer.concat(body))
      })
    })
  }
}

function bodyOf(response: ServerResponse): readonly Buffer[] {
  const parts: Buffer[] = []
  const take = (part: unknown): void => {
    if (typeof part === 'string' || part instanceof Uint8Array) parts.push(Buffer.from(part))
  }
  const [write, end] = [response.write.bind(response), response.end.bind(response)]
  response.write = (...args: unknown[]) => {
    take(args[0])
    return Reflect.apply(write, undefined, args)
  }
  response.end = (...args: unknown[]) => {
    take(args[0])
    return Reflect.apply(end, undefined, args)
  }
  return parts
}
