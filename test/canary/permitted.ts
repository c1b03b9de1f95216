/** What may stand where, and why. Everything else is a finding. */
export interface Permission {
  readonly kinds: readonly string[]
  readonly place: RegExp
  readonly because: string
}

const DATABASE = /^(?:open|file) bank\.db(?:-wal)?$/

/** Every secret that is seen outside of the browser, the key file and the provider, and by whom. */
export const PERMITTED: readonly Permission[] = [
  {
    kinds: ['session cookie', 'device cookie', 'sign-in cookie', 'transaction cookie'],
    place: /^header set-cookie of /,
    because: 'A cookie is handed to its browser.',
  },
  {
    kinds: ['state', 'nonce'],
    place: /^header location of GET \/auth\/login$/,
    because: 'They go to the provider by way of the browser; the PKCE verifier does not.',
  },
  {
    kinds: ['ID token', 'user id', 'nonce'],
    place: /^header location of POST \/auth\/logout$/,
    because: 'The ID token tells its provider whose session ends there, by way of the browser that it was issued to.',
  },
  {
    kinds: ['query', 'path'],
    place: /^(?:header location|303 body) of GET /,
    because: 'A redirect to the sign-in, and from it, leads a person back to the address they asked for.',
  },
  {
    kinds: ['TOTP secret'],
    place: /^(?:200 body of POST \S+\/totp\/start|422 body of POST \S+\/totp\/finish)$/,
    because: 'The setup key is for the page that shows it, until its first code is right.',
  },
  {
    kinds: ['recovery code'],
    place: /^200 body of POST \S+\/recovery_code\/(?:start|verify)$/,
    because: 'Codes are shown once: all when they are made, and the one that takes the place of a used one.',
  },
  {
    kinds: ['csrf token'],
    place: /^\d+ body of (?:GET|POST) \/step-up\//,
    because: 'A form carries the token of its session; the token of the application goes back with its kept form.',
  },
  {
    kinds: ['passkey challenge'],
    place: /^\d+ body of (?:GET|POST) \/step-up\//,
    because: 'The browser asks the authenticator with it.',
  },
  {
    kinds: ['e-mail'],
    place: /^\d+ body of (?:GET|POST) \/step-up\//,
    because: 'The pages say who is signed in.',
  },
  {
    kinds: ['recipient'],
    place: /^\d+ body of (?:GET|POST) \/step-up\/(?:challenges|resume)\//,
    because: 'The person sees what they are about to confirm.',
  },
  {
    kinds: ['body', 'query'],
    place: /^200 body of GET \/step-up\/resume\//,
    because: 'The kept form goes to its own address when its owner presses the button.',
  },
  {
    kinds: ['user id', 'e-mail', 'name'],
    place: DATABASE,
    because:
      'Records are found by the id that the application gives a user, and a live session says whose it is; entries do neither.',
  },
  {
    kinds: ['passkey challenge'],
    place: DATABASE,
    because: 'An open challenge is compared with the answer, and is good for nothing without the passkey.',
  },
  {
    kinds: ['name', 'address', 'user agent', 'client hints'],
    place: /^copy for the person$/,
    because: 'A person who asks gets what is kept of them, with their own envelopes opened.',
  },
  {
    kinds: ['connection string'],
    place: /^error /,
    because: 'The cause that the driver of a store or a sink gave is there for who looks for it, and nowhere else.',
  },
  {
    kinds: ['malformed body', 'path'],
    place: /^error at \w+ $/,
    because: 'Express and its parsers quote the request in errors of their own.',
  },
]

/** Tells whether a secret may stand in a place. */
export function isPermitted(kind: string, place: string): boolean {
  return PERMITTED.some((one) => one.kinds.includes(kind) && one.place.test(place))
}
