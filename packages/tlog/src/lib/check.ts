import { equalHashes, HASH_BYTES, nodeHash } from './hash.ts'
import { isSize } from './size.ts'

// A tree of 2^53 entries is 53 levels high, and a consistency proof has one hash more than levels.
const MAX_PROOF_HASHES = 54

/** What `checkInclusion` judges; `proof`, `index` and `size` may be attacker-controlled. */
export interface InclusionClaim {
  readonly index: number
  readonly size: number
  readonly leafHash: Uint8Array
  readonly proof: readonly Uint8Array[]
  /** The root of the tree of `size`, from a signed checkpoint. */
  readonly root: Uint8Array
}

/** What `checkConsistency` judges; `proof` may be attacker-controlled. */
export interface ConsistencyClaim {
  readonly from: number
  readonly to: number
  readonly fromRoot: Uint8Array
  readonly toRoot: Uint8Array
  readonly proof: readonly Uint8Array[]
}

/**
 * Checks that a leaf stands at its index in the tree of a root.
 *
 * Never throws: whatever is malformed, too long or out of range is simply no proof.
 *
 * @param claim the leaf, its place, the proof and the root
 * @returns whether the proof holds
 * @see RFC 9162 §2.1.3.2
 */
export function checkInclusion(claim: InclusionClaim): boolean {
  const { index, size, proof } = claim
  if (!isSize(index) || !isSize(size) || index >= size) return false
  if (!areHashes([claim.leafHash, claim.root]) || !isProof(proof)) return false
  let path = { node: index, last: size - 1 }
  let root = claim.leafHash
  for (const hash of proof) {
    if (path.last === 0) return false
    const onRightEdge = isRightSide(path)
    root = onRightEdge ? nodeHash(hash, root) : nodeHash(root, hash)
    path = onRightEdge ? parent(skipUnpaired(path)) : parent(path)
  }
  return path.last === 0 && equalHashes(root, claim.root)
}

/**
 * Checks that a newer tree continues an older one.
 *
 * Never throws. An older tree of size 0 has no proof and is refused: every tree continues it, so the caller must not
 * ask. Equal sizes demand equal roots and an empty proof.
 *
 * @param claim both sizes, both roots and the proof
 * @returns whether the proof holds
 * @see RFC 9162 §2.1.4.2
 */
export function checkConsistency(claim: ConsistencyClaim): boolean {
  const { from, to, proof } = claim
  if (!isSize(from) || !isSize(to) || from === 0 || from > to) return false
  if (!areHashes([claim.fromRoot, claim.toRoot]) || !isProof(proof)) return false
  if (from === to) return proof.length === 0 && equalHashes(claim.fromRoot, claim.toRoot)
  if (proof.length === 0) return false
  const [first, ...rest] = isPowerOfTwo(from) ? [claim.fromRoot, ...proof] : proof
  if (first === undefined) return false
  return foldConsistency(claim, first, rest)
}

function foldConsistency(claim: ConsistencyClaim, first: Uint8Array, rest: readonly Uint8Array[]): boolean {
  let path = { node: claim.from - 1, last: claim.to - 1 }
  while (isOdd(path.node)) path = parent(path)
  let fromRoot = first
  let toRoot = first
  for (const hash of rest) {
    if (path.last === 0) return false
    const shared = isRightSide(path)
    if (shared) fromRoot = nodeHash(hash, fromRoot)
    toRoot = shared ? nodeHash(hash, toRoot) : nodeHash(toRoot, hash)
    path = shared ? parent(skipUnpaired(path)) : parent(path)
  }
  return path.last === 0 && equalHashes(fromRoot, claim.fromRoot) && equalHashes(toRoot, claim.toRoot)
}

/** A node on the way up and the last node of its level: fn and sn of RFC 9162. */
interface Path {
  readonly node: number
  readonly last: number
}

function isRightSide(path: Path): boolean {
  return isOdd(path.node) || path.node === path.last
}

// An unpaired node at the right edge is carried up as it is, through every level where it has no left neighbour.
function skipUnpaired(path: Path): Path {
  let at = path
  while (!isOdd(at.node) && at.node !== 0) at = parent(at)
  return at
}

// Division instead of `>>`: bit operators cut numbers to 32 bits.
function parent(path: Path): Path {
  return { node: Math.floor(path.node / 2), last: Math.floor(path.last / 2) }
}

function isOdd(value: number): boolean {
  return value % 2 === 1
}

function isPowerOfTwo(value: number): boolean {
  let power = 1
  while (power < value) power *= 2
  return power === value
}

function isProof(proof: readonly Uint8Array[]): boolean {
  return proof.length <= MAX_PROOF_HASHES && areHashes(proof)
}

function areHashes(values: readonly Uint8Array[]): boolean {
  return values.every((value) => value.length === HASH_BYTES)
}
