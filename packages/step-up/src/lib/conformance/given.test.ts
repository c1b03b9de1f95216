import { ISSUER, providerFactor, tokenFor } from '../../../test/provider-factor.ts'
import { testGivenFactor } from '../../conformance.ts'
import type { ViewBlock } from '../types.ts'

testGivenFactor('the stand-in for an identity provider', providerFactor, {
  goodFor: 'one_challenge',
  give: (number) => {
    const user = `person-${number}`
    const login = { factor: 'oidc', at: 1, strong: false, strength: [], issuer: ISSUER } as const
    return { session: { user, evidence: [login] }, device: user }
  },
  without: { user: 'ann', evidence: [] },
  prove: async (user, { view, now }) => tokenFor(nonceIn(view), { user, at: now, strong: true }),
  secrets: () => [],
})

function nonceIn(view: readonly ViewBlock[]): string {
  const [url = ''] = view.flatMap((block) => (block.kind === 'leave' ? [block.url] : []))
  return new URL(url, 'http://bank.example').searchParams.get('nonce') ?? ''
}
