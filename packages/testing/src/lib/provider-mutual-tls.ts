import { TLSSocket } from 'node:tls'
import type { KoaContextWithOIDC, MTLSEnabledClientAuthenticationConfiguration } from 'oidc-provider'

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
