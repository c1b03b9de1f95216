import type { Request, RequestHandler } from 'express'

/**
 * Tells whether a person goes to an address, rather than a page that shows or fetches it for them. Browsers say what they
 * fetch an address for; one that does not is taken at its word.
 *
 * @see W3C Fetch Metadata §2.1; Fetch, `Sec-Purpose`
 */
export function isNavigation({ headers }: Pick<Request, 'headers'>): boolean {
  const destination = headers['sec-fetch-dest']
  return (destination === undefined || destination === 'document') && headers['sec-purpose'] === undefined
}

/**
 * Refuses, with an empty 400, what is no navigation: images and frames of other sites and what is fetched in advance begin
 * no sign-in, and so drop none that is open. A link from anywhere does.
 */
export const refuseSideways: RequestHandler = (req, res, next) => {
  if (isNavigation(req)) next()
  else res.status(400).end()
}
