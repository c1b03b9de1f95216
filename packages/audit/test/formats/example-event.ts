import type { LedgerEvent } from '../../src/lib/events/types.ts'
import type { FormatOptions } from '../../src/lib/projections/format-options.ts'

/** The event that FORMATS.md shows, as a ledger gave it to a reader who may see the address and nothing else. */
export const EXAMPLE: LedgerEvent = {
  actor: { id: 'name0000.1vfsSfYR7FH_KJUPmnMJsQ' },
  at: '2027-01-15T08:15:30.250Z',
  authn: {
    authenticator: '01MCC5RM00A3GE1R70W3GE1R7A',
    factor: 'webauthn',
    strength: ['phishing_resistant', 'user_verified'],
  },
  challenge: '01MCC6G04HE3GE1R70W3GE1R7E',
  data: { factor: 'webauthn', key: 'Yt3yD0kq3dUo2xk2cC4pGq1mV0b7s1J0H5b7lq0f2nE' },
  device: {
    browser: 'Firefox 145',
    id: 'name0000.OmfeimwCpBlu2i8cDvIA5Q',
    known: true,
    os: 'macOS 15',
    type: 'desktop',
  },
  flow: '01MCC6FZ9KC3GE1R70W3GE1R7C',
  id: '01MCC6N0EAEY927QAA2EK6TMVG',
  lineage: '01MCC5Q0D4B3GE1R70W3GE1R7B',
  net: { asn: 64_500, country: 'DE', hops: 1, ip: '203.0.113.0/24', ipId: 'name0000.cftyCenmEqMAlJEZBYlNJQ' },
  outcome: 'success',
  request: { id: 'request-7', span: 'b7ad6b7169203331', trace: '0af7651916cd43dd8448eb211c80319c' },
  sealed: {
    box: 'ZoC9kbVIB7aDvsh30i60ybycooqCNFVKItkNrYJ4DrFnnbUha1rnyiJdjExYRyyzsA',
    subject: 'name0000.t2KDGBXPU5DQOSSE5DU58A/authentication/2027-01~X-N_efJw',
  },
  stepUp: '01MCC6FZ9KD3GE1R70W3GE1R7D',
  target: { app: 'bank', method: 'POST', route: '/transfers' },
  type: 'challenge.verified',
  v: 1,
  writer: { boot: '01MCC6N0EADZW41HM985SRSGR3', id: 'web-1', seq: 3 },
  index: 2,
  revealed: { ip: '203.0.113.77' },
}

/** The options of the example. */
export const EXAMPLE_OPTIONS: FormatOptions = {
  origin: 'bank.example/ledger',
  product: { vendor: 'Example Bank', name: 'web', version: '2.4' },
}
