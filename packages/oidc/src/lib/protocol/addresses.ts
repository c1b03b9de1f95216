import { refuseOption } from '../option-names.ts'

/** Tells whether a host name is this machine itself: 127.0.0.0/8, `::1` or `localhost`. */
export function isLoopback(url: URL): boolean {
  const { hostname } = url
  return hostname === 'localhost' || hostname === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(hostname)
}

/**
 * Judges the issuer of the configuration.
 *
 * @param issuer As configured; compared literally with what the provider calls itself.
 * @param insecure Whether plain HTTP was allowed by name; it then has to be loopback.
 * @throws OidcError `ERR_OIDC_OPTION`.
 */
export function checkIssuer(issuer: unknown, insecure: boolean): asserts issuer is string {
  if (typeof issuer !== 'string' || !URL.canParse(issuer)) return refuseOption('The option issuer is an absolute URL.')
  const url = new URL(issuer)
  if (url.search !== '' || url.hash !== '' || url.username !== '' || issuer.endsWith('?')) {
    return refuseOption('The option issuer is a URL without user, query and fragment.')
  }
  // Given a well-known address, discovery would skip the comparison of issuers.
  if (url.pathname.includes('/.well-known/')) {
    return refuseOption('The option issuer is the issuer itself, not the address of its configuration.')
  }
  if (insecure && !isLoopback(url)) {
    return refuseOption('dangerouslyAllowInsecureIssuer is for an issuer on this machine: 127.0.0.1, ::1 or localhost.')
  }
  if (url.protocol !== 'https:' && !insecure) return refuseOption('The option issuer is an https URL.')
  return undefined
}

/**
 * Judges the callback URL of the configuration: what the provider has registered, character by character.
 *
 * @param name How the option is called.
 * @throws OidcError `ERR_OIDC_OPTION`.
 */
export function checkCallbackUrl(name: string, callbackUrl: unknown): asserts callbackUrl is string {
  if (typeof callbackUrl !== 'string' || !URL.canParse(callbackUrl)) {
    return refuseOption(
      `The option ${name} is an absolute URL: what the provider has registered, never read from Host.`,
    )
  }
  const url = new URL(callbackUrl)
  // The library would strip a query from the token request, and the provider would then refuse the code.
  if (callbackUrl.includes('?') || callbackUrl.includes('#')) return refuseOption(`The option ${name} has no query.`)
  if (url.href !== callbackUrl) return refuseOption(`The option ${name} is written "${url.href}".`)
  return checkOwnOrigin(name, url)
}

/** Refuses an address of this application over plain HTTP, unless it is on this machine. Throws `ERR_OIDC_OPTION`. */
export function checkOwnOrigin(name: string, url: URL): void {
  if (url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url))) return
  refuseOption(`The option ${name} is an https URL, or http on this machine.`)
}
