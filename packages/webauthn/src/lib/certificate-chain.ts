import { X509Certificate } from 'node:crypto'

/** Who vouches for an authenticator's key, and who is trusted to. */
export interface CertificateChain {
  /** DER, the authenticator's own certificate first, each vouched for by the next; controlled by the client. */
  readonly certificates: readonly Uint8Array[]
  readonly roots: readonly X509Certificate[]
  /** Milliseconds since the epoch. */
  readonly now: number
}

/**
 * Tells whether a chain leads from an authenticator's certificate to one of the configured roots.
 *
 * Each certificate is valid now, issued and signed by the next, and every issuer is a certificate authority. The chain may
 * bring its root along, but the root that counts is the configured one: a chain that ends in itself proves nothing, and an
 * authenticator's certificate is never itself a root or an authority.
 *
 * @param chain The certificates as the client gave them, the trusted roots, and the time.
 * @returns `true` only when every step holds.
 * @see RFC 5280 §6.1, WebAuthn L3 §7.1
 */
export function isTrustedChain({ certificates, roots, now }: CertificateChain): boolean {
  const chain = certificates.map(parseDer).filter((certificate) => certificate !== undefined)
  const [leaf] = chain
  if (chain.length !== certificates.length || leaf === undefined || leaf.ca) return false
  for (const [index, certificate] of chain.entries()) {
    if (!isValidAt(certificate, now)) return false
    if (roots.some((root) => isValidAt(root, now) && isIssuedBy(certificate, root))) return true
    const issuer = chain[index + 1]
    if (issuer === undefined || !isIssuedBy(certificate, issuer)) return false
  }
  return false
}

/**
 * Reads a trusted root.
 *
 * @param pem One certificate in PEM; from the configuration.
 * @returns The certificate, or `undefined` when the text is not exactly one certificate of a certificate authority.
 */
export function parseRoot(pem: unknown): X509Certificate | undefined {
  if (typeof pem !== 'string' || pem.match(/-----BEGIN CERTIFICATE-----/g)?.length !== 1) return undefined
  const certificate = parseDer(pem)
  return certificate?.ca === true ? certificate : undefined
}

function parseDer(encoded: Uint8Array | string): X509Certificate | undefined {
  try {
    return new X509Certificate(encoded)
  } catch {
    return undefined
  }
}

function isIssuedBy(certificate: X509Certificate, issuer: X509Certificate): boolean {
  if (!issuer.ca || !certificate.checkIssued(issuer)) return false
  try {
    return certificate.verify(issuer.publicKey)
  } catch {
    // An issuer whose kind of key the platform does not know.
    return false
  }
}

function isValidAt(certificate: X509Certificate, now: number): boolean {
  return certificate.validFromDate.getTime() <= now && now <= certificate.validToDate.getTime()
}
