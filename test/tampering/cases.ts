import { verifyLedger, type ProblemKind, type Verification } from '@sallyport/audit/ledger'
import type { Store } from '@sallyport/store'
import { storeOf, type Image } from './image.ts'

/** What a verification of a tampered ledger must say. */
export interface Expected {
  readonly verdict: Verification['verdict']
  /** The kind of a problem that must be among those found, or several of which one must be; none for what nobody can see. */
  readonly kind?: ProblemKind | readonly ProblemKind[]
}

/** One tampered ledger. */
export interface Case {
  /** The kind of mutation, as a table of expectations names it, and what exactly was changed. */
  readonly name: string
  readonly expected: Expected
  /** The entry's index, or the checkpoint's size, that must be named with the problem. */
  readonly at?: number | undefined
  /** Makes the ledger when its turn has come: thousands of them at a time would not fit into memory. */
  readonly image: () => Image
  readonly known?: readonly string[] | undefined
  readonly quick?: boolean | undefined
  /** The keys that the verifier is given, where it matters; otherwise all that ever signed. */
  readonly verifierKeys?: readonly string[] | undefined
}

/** What an enumeration came to. */
export interface Enumeration {
  /** Cases by the kind of mutation. */
  readonly counts: ReadonlyMap<string, number>
  readonly total: number
  /** What was found otherwise than expected, one line a case. */
  readonly misses: readonly string[]
}

/** How an enumeration judges. */
export interface Judge {
  readonly verifierKeys: readonly string[]
  /** Stands before every store that is verified; what it hides from the verifier must come out as misses. */
  readonly blind?: ((store: Store) => Store) | undefined
}

/** Verifies every case, and compares what was found with what its kind of mutation must give. */
export async function enumerate(cases: Iterable<Case>, { verifierKeys, blind }: Judge): Promise<Enumeration> {
  const counts = new Map<string, number>()
  const misses: string[] = []
  for (const one of cases) {
    const store = storeOf(one.image())
    const { known, quick, verifierKeys: given = verifierKeys } = one
    const seen = blind === undefined ? store : blind(store)
    const found = await verifyLedger({ store: seen, verifierKeys: given, knownCheckpoints: known, quick })
    count(counts, one.name)
    const difference = differenceOf(one, found)
    if (difference !== undefined) misses.push(difference)
  }
  return { counts, total: [...counts.values()].reduce((sum, one) => sum + one, 0), misses }
}

/** Says how a verification differs from what was expected of it; `undefined` when it does not. */
export function differenceOf(
  { name, expected, at }: Pick<Case, 'name' | 'expected' | 'at'>,
  { verdict, problems }: Pick<Verification, 'verdict' | 'problems'>,
): string | undefined {
  const kinds = [expected.kind ?? []].flat()
  const isNamed =
    kinds.length === 0
      ? problems.length === 0
      : problems.some(({ kind, index }) => kinds.includes(kind) && (at === undefined || index === at))
  if (verdict === expected.verdict && isNamed) return undefined
  const found = problems.slice(0, 5).map(({ kind, index }) => `${kind} ${index ?? '-'}`)
  const wanted = `${expected.verdict} (${kinds.join(' or ') || 'no problem'} ${at ?? '-'})`
  return `${name}: ${wanted} expected, ${verdict} found (${found.join(', ')})`
}

/** Prints how many ledgers were judged: a number that shrinks unnoticed would prove less and less. */
export function printCounts({ counts, total }: Enumeration, what: string): void {
  process.stdout.write(`${what}: ${total} tampered ledgers of ${counts.size} kinds\n`)
}

/** Counts a case under its kind: what stands in its name before the colon. */
function count(counts: Map<string, number>, name: string): void {
  const kind = name.split(':', 1).join('')
  counts.set(kind, (counts.get(kind) ?? 0) + 1)
}
