import { describe, expect, test } from 'vitest'
import { checkConsistency, checkInclusion } from './check.ts'
import { leafHash, nodeHash } from './hash.ts'

const a = leafHash(Buffer.from('a'))
const b = leafHash(Buffer.from('b'))
const root = nodeHash(a, b)
const inclusion = { index: 0, size: 2, leafHash: a, proof: [b], root }
const consistency = { from: 1, to: 2, fromRoot: a, toRoot: root, proof: [b] }

describe('checkInclusion', () => {
  test('accepts the only proof of a tree of two', () => {
    expect(checkInclusion(inclusion)).toBe(true)
  })

  test('accepts the single entry of a tree by an empty proof', () => {
    expect(checkInclusion({ index: 0, size: 1, leafHash: a, proof: [], root: a })).toBe(true)
  })

  test('refuses an index that is not below the size', () => {
    expect(checkInclusion({ ...inclusion, index: 2 })).toBe(false)
    expect(checkInclusion({ ...inclusion, index: -1 })).toBe(false)
    expect(checkInclusion({ ...inclusion, index: 0.5 })).toBe(false)
  })

  test('refuses sizes above 2^53-1, which a number cannot tell apart', () => {
    expect(checkInclusion({ ...inclusion, size: 2 ** 53 })).toBe(false)
    expect(checkInclusion({ ...inclusion, size: Number.NaN })).toBe(false)
  })

  test('refuses a hash that is not 32 bytes, wherever it stands', () => {
    expect(checkInclusion({ ...inclusion, leafHash: a.subarray(1) })).toBe(false)
    expect(checkInclusion({ ...inclusion, root: new Uint8Array(33) })).toBe(false)
    expect(checkInclusion({ ...inclusion, proof: [new Uint8Array()] })).toBe(false)
  })

  test('refuses a proof of thousands of hashes without hashing them', () => {
    expect(checkInclusion({ ...inclusion, proof: Array.from({ length: 100_000 }, () => b) })).toBe(false)
  })

  test('reaches the largest size there is', () => {
    const size = 2 ** 53 - 1
    const proof = Array.from({ length: 53 }, () => b)
    const claimed = proof.reduce((below, hash) => nodeHash(below, hash), a)

    expect(checkInclusion({ index: 0, size, leafHash: a, proof, root: claimed })).toBe(true)
  })
})

describe('checkConsistency', () => {
  test('accepts the growth from one entry to two', () => {
    expect(checkConsistency(consistency)).toBe(true)
  })

  test('accepts equal sizes only with equal roots and an empty proof', () => {
    const same = { from: 2, to: 2, fromRoot: root, toRoot: root, proof: [] }

    expect(checkConsistency(same)).toBe(true)
    expect(checkConsistency({ ...same, toRoot: a })).toBe(false)
    expect(checkConsistency({ ...same, proof: [a] })).toBe(false)
  })

  test('refuses an empty proof of growth', () => {
    expect(checkConsistency({ ...consistency, proof: [] })).toBe(false)
  })

  test('refuses size 0, a shrinking tree and sizes above 2^53-1', () => {
    expect(checkConsistency({ ...consistency, from: 0 })).toBe(false)
    expect(checkConsistency({ ...consistency, from: 3 })).toBe(false)
    expect(checkConsistency({ ...consistency, to: 2 ** 53 })).toBe(false)
  })

  test('refuses a hash that is not 32 bytes and a proof of thousands', () => {
    expect(checkConsistency({ ...consistency, fromRoot: new Uint8Array(31) })).toBe(false)
    expect(checkConsistency({ ...consistency, proof: [b.subarray(1)] })).toBe(false)
    expect(checkConsistency({ ...consistency, proof: Array.from({ length: 100_000 }, () => b) })).toBe(false)
  })
})
