import { refuseOption } from './option-names.ts'

interface Taken {
  readonly names: Set<string>
  readonly callbackUrls: Set<string>
}

const taken = new WeakMap<object, Taken>()

/**
 * Sees to it that no two providers of one Passport instance share a strategy's name or a callback URL: the later one
 * would silently take the place of the first, or each would get the other's answers.
 *
 * @param passport The instance.
 * @param provider What is about to be registered with it.
 * @throws OidcError `ERR_OIDC_OPTION`, naming the fix.
 * @see RFC 9700 §4.4.2
 */
export function claimPlace(
  passport: object,
  { name, callbackUrl }: { readonly name: string; readonly callbackUrl: string },
): void {
  const { names, callbackUrls } = taken.get(passport) ?? { names: new Set(), callbackUrls: new Set() }
  if (names.has(name)) {
    refuseOption(
      `A strategy "${name}" is registered with this Passport instance already: give each provider a name of its own by the option name, or a new Passport() of its own.`,
    )
  }
  if (callbackUrls.has(callbackUrl)) {
    refuseOption(
      `Another provider answers at ${JSON.stringify(callbackUrl)} already: give each a callbackUrl of its own, or their answers could be mixed up.`,
    )
  }
  taken.set(passport, { names: names.add(name), callbackUrls: callbackUrls.add(callbackUrl) })
}
