import { OidcError } from '../errors.ts'
import { judgeTokenAnswer, judgeUserInfo } from './check-answers.ts'
import type { Expected } from './check-answers.ts'
import type { FetchLike } from './guarded-fetch.ts'
import type { Keys } from './keys.ts'
import type { TokenHeader } from './signed-token.ts'

/** What the answers of one grant are judged with. */
interface Judging extends Expected {
  readonly keys: Keys
  readonly keysUri: string
  /** The way to the provider. */
  readonly fetch: FetchLike
}

/**
 * Makes the `fetch` of one grant: every answer is judged before the library reads it, and the provider's keys are those
 * that our own keeping has for the token at hand.
 *
 * @returns For the token endpoint (`POST`), UserInfo and keys, in whatever order the library asks for them.
 */
export function judgingFetch(judging: Judging): FetchLike {
  const { fetch, keys, keysUri } = judging
  const { href } = new URL(keysUri)
  let signed: TokenHeader | undefined
  return async (url, options) => {
    if (url === href) {
      if (signed === undefined) throw new OidcError('ERR_OIDC_TOKEN')
      const found = await keys.find({ uri: href, fetch }, signed)
      return Response.json({ keys: found.map(({ jwk }) => jwk) })
    }
    const answer = await fetch(url, options)
    // Anything else is an error, and the library's business: nothing of it counts as a proof.
    if (answer.status !== 200) return answer
    signed = options.method === 'POST' ? await judgeTokenAnswer(answer, judging) : await judgeUserInfo(answer, judging)
    return answer
  }
}
