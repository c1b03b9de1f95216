import { optionsError } from './options.ts'

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/

/**
 * Reads the submission prefix of a witness: https, or http to this machine itself.
 *
 * @param text from configuration
 * @returns the prefix without a slash at its end
 * @throws WitnessError `ERR_WITNESS_OPTIONS`
 */
export function readWitnessUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const isSafe = url?.protocol === 'https:' || (url?.protocol === 'http:' && LOOPBACK.test(url.hostname))
  if (url === undefined || !isSafe) throw optionsError('url is an https URL, or http to the loopback address.')
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    throw optionsError('url has no user, password, query or fragment.')
  }
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`
}
