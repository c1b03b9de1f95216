import type { Canaries } from './canaries.ts'
import type { Floor } from './floor.ts'

/** Stands between the application and its provider, in the place of `fetch`. */
export interface ProviderTap {
  /** Lets the token endpoint answer with an error that is full of secrets. */
  refuse(does: boolean): void
  remove(): void
}

const SENT: Readonly<Record<string, string>> = { code: 'authorization code', code_verifier: 'PKCE verifier' }
const GIVEN = { id_token: 'ID token', access_token: 'access token', refresh_token: 'refresh token' } as const

/** Takes down what goes to the token endpoint and what comes back, and adds a refresh token to it. */
export function tapProvider({ canaries, secrets, places }: Floor): ProviderTap {
  const real = globalThis.fetch
  let refuses = false
  globalThis.fetch = async (input, init) => {
    const answer = await real(input, init)
    if (typeof input !== 'string' || !input.endsWith('/token') || typeof init?.body !== 'string') return answer
    places.add('input', `${init.body}\n${JSON.stringify([...new Headers(init.headers)])}`)
    for (const [name, value] of new URLSearchParams(init.body)) {
      const kind = SENT[name]
      if (kind !== undefined) canaries.add(kind, value)
    }
    return changed(Object(await answer.json()), answer)
  }
  const changed = (body: Record<string, unknown>, { status, headers }: Response): Response => {
    const { providerText, refreshToken } = secrets
    const refusal = { error: 'invalid_grant', error_description: providerText, error_uri: `https://x/?${providerText}` }
    const given = refuses ? refusal : { ...body, refresh_token: refreshToken }
    for (const [name, kind] of Object.entries(GIVEN)) addToken(canaries, kind, Reflect.get(given, name))
    const kept = new Headers(headers)
    kept.delete('content-length')
    places.add('input', JSON.stringify(given))
    return new Response(JSON.stringify(given), { status: refuses ? 400 : status, headers: kept })
  }
  return {
    refuse: (does) => void (refuses = does),
    remove: () => void (globalThis.fetch = real),
  }
}

/** A JWT's claims and signature count by themselves; its header is the same for all. */
function addToken(canaries: Canaries, kind: string, token: unknown): void {
  if (typeof token !== 'string') return
  canaries.add(kind, token)
  const [, ...parts] = token.split('.')
  for (const part of parts) canaries.add(kind, part)
}
