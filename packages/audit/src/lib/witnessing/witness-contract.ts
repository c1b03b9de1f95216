/** A witness of the ledger: somebody else who cosigns its checkpoints as long as they are of one line. */
export interface Witness {
  /** Names its cursor: 1 to 64 characters of a–z, 0–9, `-`. */
  readonly name: string
  /** Its verifier key, by which what it gives is verified. */
  readonly verifierKey: string
  /**
   * Asks it to cosign a checkpoint; rejects when it cannot be asked. What it gives is verified once more by the ledger.
   *
   * `oldSize` is the size that it cosigned last, as far as the ledger knows; `proof` shows that `note` continues that.
   */
  addCheckpoint(request: {
    readonly oldSize: number
    readonly proof: readonly Uint8Array[]
    readonly note: string
  }): Promise<WitnessAnswer>
}

/** What a witness says to a checkpoint. */
export type WitnessAnswer =
  /** Note signature lines. */
  | { readonly ok: true; readonly signatures: string }
  /** It holds another size than the one it was asked from. */
  | { readonly ok: false; readonly code: 'conflict'; readonly size: number }
  | { readonly ok: false; readonly code: 'refused'; readonly status: number }
