import { createPrivateKey, X509Certificate } from 'node:crypto'
import { checkOptionNames, refuseOption } from '../option-names.ts'

const WANTED = 'The option clientCertificate has certificate and key, which belong together, and perhaps ca, in PEM.'

/** The client's certificate for mutual TLS; texts in PEM. */
export interface ClientCertificateOptions {
  readonly certificate: string
  /** Its private key. */
  readonly key: string
  /** The authorities that signed the provider's own certificates, when no public one has; then no other counts. */
  readonly ca?: string | undefined
}

/**
 * Judges the option `clientCertificate`.
 *
 * @throws OidcError `ERR_OIDC_OPTION`; nothing of the key is in its message.
 */
export function readClientCertificate(options: ClientCertificateOptions): ClientCertificateOptions {
  if (typeof options !== 'object' || options === null) refuseOption(WANTED)
  checkOptionNames('clientCertificate', options, { known: ['certificate', 'key', 'ca'] })
  const { certificate, key, ca } = options
  try {
    if (!new X509Certificate(certificate).checkPrivateKey(createPrivateKey(key))) refuseOption(WANTED)
    return ca === undefined ? { certificate, key } : { certificate, key, ca: readAuthorities(ca) }
  } catch {
    // The reason could quote the key.
    return refuseOption(WANTED)
  }
}

/** All of them: what Node cannot read of a list, it would leave out without a word. */
function readAuthorities(text: string): string {
  const parts = text.split(/(?<=-----END CERTIFICATE-----)/).filter((part) => part.trim() !== '')
  if (parts.length === 0) throw new TypeError('readAuthorities takes at least one certificate')
  return parts.map((part) => new X509Certificate(part).toString()).join('')
}
