import { decodeUtf8, parseStrictObject } from './strict-json.ts'

/**
 * Reads an answer that has to be a JSON object: status 200, one of the media types, strict JSON. The answer can be read
 * once more afterwards.
 *
 * @param answer Of the provider, its size bounded.
 * @returns The object, or `undefined` for anything else.
 */
export async function readJson(
  answer: Response,
  types: readonly string[] = ['application/json'],
): Promise<Readonly<Record<string, unknown>> | undefined> {
  if (answer.status !== 200 || !types.includes(mediaType(answer))) return undefined
  const text = decodeUtf8(await answer.clone().arrayBuffer())
  return text === undefined ? undefined : parseStrictObject(text)
}

/** The media type of an answer, without its parameters. */
export function mediaType(answer: Response): string {
  const [type = ''] = (answer.headers.get('content-type') ?? '').split(';', 1)
  return type.trim().toLowerCase()
}
