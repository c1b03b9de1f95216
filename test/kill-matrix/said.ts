/** What the program tells its parent, one line of JSON each, the moment it is told so itself. */
export type Said =
  /** A commit of one record and so many events: `ok`, `conflict` or `limit`, or the code of the error. */
  | { readonly step: 'commit'; readonly unit: string; readonly answer: string }
  | { readonly step: 'emit'; readonly unit: string; readonly type: string; readonly answer: string }
  /** Everything else: `ok`, or the code of the error; for an export its exit code. */
  | { readonly step: Step; readonly answer: string }

/** A step that is no commit. */
export type Step = 'stores' | 'open' | 'settle' | 'rotate' | 'close' | 'export' | 'end'

/** A record and the events that were committed together with it are called by one name, and counted. */
export interface Unit {
  readonly name: string
  readonly events: number
}

/** The lineage of an event of a unit: its name and its place. */
export function lineageOf(unit: string, place: number): string {
  return `${unit}.${place}`
}

/** The name of the unit that a lineage is of. */
export function unitOf(lineage: string): string {
  return lineage.slice(0, lineage.lastIndexOf('.'))
}

/** Reads the whole lines that the program has said; the last one may be cut. */
export function parseSaid(output: string): readonly Said[] {
  return output
    .split('\n')
    .slice(0, -1)
    .map((line): Said => JSON.parse(line))
}
