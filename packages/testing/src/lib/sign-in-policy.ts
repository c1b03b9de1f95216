import { interactionPolicy } from 'oidc-provider'
import { isBelow, readWantedLevels } from './provider-levels.ts'
import type { KoaContextWithOIDC } from 'oidc-provider'
import type { ProviderSettings } from './provider-options.ts'

/** What the policy needs to know. */
export interface PolicyParts {
  readonly settings: Pick<ProviderSettings, 'levels' | 'acrs'>
  /** Seconds since the epoch. */
  readonly now: () => number
}

/**
 * When a person has to do something: the usual policy, but by our clock, with a choice of account, and asking again
 * when a level is wanted that the session has not reached.
 */
export function signInPolicy({ settings, now }: PolicyParts): interactionPolicy.DefaultPolicy {
  const { Check, Prompt, base } = interactionPolicy
  const policy = base()
  policy.add(new Prompt({ name: 'select_account', requestable: true }), 0)
  const { checks } = policy.get('login') ?? {}
  // They go by the machine's clock, and ask without end for a level that is not known.
  for (const reason of ['max_age', 'essential_acr', 'essential_acrs']) checks?.remove(reason)
  const again = (reason: string, wanted: (ctx: KoaContextWithOIDC) => boolean): void =>
    checks?.add(new Check(reason, 'End-User authentication is required', (ctx) => !signedInJustNow(ctx) && wanted(ctx)))
  again('max_age', (ctx) => {
    const maxAge = Number(ctx.oidc.params?.['max_age'] ?? Number.NaN)
    return maxAge === 0 || now() - (ctx.oidc.session?.authTime() ?? 0) > maxAge
  })
  again('level', (ctx) => {
    if (settings.levels === 'ignored') return false
    return isBelow(ctx.oidc.session?.acr, readWantedLevels(ctx.oidc.params ?? {}), settings.acrs)
  })
  return policy
}

function signedInJustNow(ctx: KoaContextWithOIDC): boolean {
  return ctx.oidc.result?.login !== undefined
}
