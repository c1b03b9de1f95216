import { randomBytes } from 'node:crypto'
import { TLSSocket } from 'node:tls'
import { createAuthority, createSelfSigned, toPem } from './certificates.ts'
import type { MTLSEnabledClientAuthenticationConfiguration, KoaContextWithOIDC } from 'oidc-provider'
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

/** How node-oidc-provider learns of client certificates (RFC 8705 §2): from the connection itself. */
export function createMtls(): MTLSEnabledClientAuthenticationConfiguration {
  return {
    enabled: true,
    certificateBoundAccessTokens: false,
    tlsClientAuth: true,
    selfSignedTlsClientAuth: true,
    getCertificate: (ctx) => socketOf(ctx)?.getPeerX509Certificate(),
    certificateAuthorized: (ctx) => socketOf(ctx)?.authorized ?? false,
    certificateSubjectMatches: (ctx, property, expected) =>
      property === 'tls_client_auth_subject_dn' && subjectOf(ctx) === expected,
  }
}

/** The subject as RFC 4514 writes it: the last part first, commas between. */
function subjectOf(ctx: KoaContextWithOIDC): string | undefined {
  return socketOf(ctx)?.getPeerX509Certificate()?.subject.split('\n').toReversed().join(',')
}

function socketOf(ctx: KoaContextWithOIDC): TLSSocket | undefined {
  return ctx.req.socket instanceof TLSSocket ? ctx.req.socket : undefined
}

function inPem(certified: Certified): CertificateAndKey {
  return {
    certificate: toPem(certified),
    key: certified.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  }
}
