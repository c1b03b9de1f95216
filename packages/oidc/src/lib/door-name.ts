import type { Evidence } from '@sallyport/step-up'

/** Names a way in: an issuer alone may stand behind several, each with rules of its own. */
export interface DoorName {
  /** The name under which the application knows it. */
  readonly provider: string
  readonly issuer: string
}

/** Says by which way in a session came; `undefined` for one that no provider began. */
export function doorOf(evidence: readonly Evidence[]): DoorName | undefined {
  for (const { factor, provider, issuer } of evidence) {
    if (factor === 'oidc' && issuer !== undefined) return provider === undefined ? undefined : { provider, issuer }
  }
  return undefined
}

/** Tells whether two names are of one way in. */
export function isSameDoor(a: DoorName, b: DoorName): boolean {
  return a.provider === b.provider && a.issuer === b.issuer
}
