import { randomBytes } from 'node:crypto'
import { createAuthority, createSelfSigned, toPem } from './certificates.ts'
import type { Certified } from './certificates.ts'

/** A certificate and its private key, both in PEM. */
export interface CertificateAndKey {
  readonly certificate: string
  readonly key: string
}

/** The test authority of one provider. */
export interface ProviderAuthority {
  /** Its root certificate in PEM. */
  readonly ca: string
  /** What the provider itself shows, for 127.0.0.1. */
  readonly server: CertificateAndKey
  /** Makes a client's certificate with the subject `CN=<name>`, signed by the authority or by itself. */
  certify(name: string, options?: { readonly selfSigned?: boolean | undefined }): CertificateAndKey
}

/** Makes an authority with fresh keys. Each has a name of its own, so that several may be trusted at once. */
export function createProviderAuthority(): ProviderAuthority {
  const authority = createAuthority(`Sallyport test authority ${randomBytes(4).toString('hex')}`)
  return {
    ca: toPem(authority.root),
    server: inPem(authority.issue('127.0.0.1', '127.0.0.1')),
    certify: (name, options) => inPem(options?.selfSigned === true ? createSelfSigned(name) : authority.issue(name)),
  }
}

function inPem(certified: Certified): CertificateAndKey {
  return {
    certificate: toPem(certified),
    key: certified.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  }
}
