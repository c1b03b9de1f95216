import { checkOptionNames, refuseOption } from '../option-names.ts'
import { DOOR_ROUTES, HOUSE_ROUTES } from '../own-paths.ts'
import { PROTOCOL_NAMES } from '../settings.ts'
import type { FactorOptions } from '../step-up/factor.ts'
import type { ProtocolOptions } from '../settings.ts'

/** One of several providers: who it is, how it is spoken to, and what it is asked for. */
export interface ProviderOptions extends ProtocolOptions {
  /** The provider's issuer, exactly as it calls itself, https. */
  readonly issuer: string
  readonly clientId: string
  /** How the page calls it on which people choose; by default its name. At most 64 characters. */
  readonly label?: string | undefined
  /** Scopes beyond `openid`; none by default. With any, UserInfo is asked. */
  readonly scope?: readonly string[] | undefined
  readonly prompt?: string | undefined
  /** How old the provider's own sign-in may be, in seconds. */
  readonly maxAge?: number | undefined
  /** Levels of which any one has to be reached. */
  readonly acrValues?: readonly string[] | undefined
  /**
   * What a step-up asks of this provider; goes before what `factor` is given, member by member, since levels have another
   * name at each. `acrValues: []` asks for none.
   */
  readonly factor?: FactorOptions | undefined
}

const KNOWN = ['issuer', 'clientId', 'label', 'scope', 'prompt', 'maxAge', 'acrValues', 'factor', ...PROTOCOL_NAMES]
/** The routes that stand where a provider's name would. */
const RESERVED: readonly string[] = [...new Set([...DOOR_ROUTES, ...HOUSE_ROUTES])].toSorted()
const MAX_LABEL = 64

/** Tells whether this could be a provider's name; controlled by the client where it comes from an address. */
export function isProviderName(name: unknown): name is string {
  return typeof name === 'string' && /^[a-z0-9][a-z0-9-]{0,62}$/.test(name) && !RESERVED.includes(name)
}

/** Judges the options of one provider; the rest is judged when its door is built. Throws `ERR_OIDC_OPTION`. */
export function checkProviderOptions(name: string, options: unknown): asserts options is ProviderOptions {
  const owner = `The provider "${name}"`
  if (!isProviderName(name)) {
    refuseOption(
      `${owner} needs another name: 1 to 63 of a-z, 0-9 and "-", not "-" first, and none of ${RESERVED.join(', ')}.`,
    )
  }
  if (typeof options !== 'object' || options === null) refuseOption(`${owner} has no options.`)
  checkOptionNames(owner, options, { known: KNOWN })
  const label: unknown = Reflect.get(options, 'label')
  if (label !== undefined && (typeof label !== 'string' || label.trim() === '' || label.length > MAX_LABEL)) {
    refuseOption(`The label of ${owner.toLowerCase()} is text of 1 to ${MAX_LABEL} characters.`)
  }
}
