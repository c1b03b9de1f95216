/**
 * How much of an event is recorded. `none`: nothing. `metadata`: who, what, when and how it ended, without address,
 * device, resource and envelope. `details`: everything.
 */
export type Level = 'none' | 'metadata' | 'details'

/** A rule of `AuditOptions.levels`: the first one that matches an event decides. */
export interface LevelRule {
  /** An event type, or an area such as `access.*`; every type if not given. */
  readonly type?: string | undefined
  /** The route as mounted, `target.route`; every route if not given. */
  readonly route?: string | undefined
  readonly level: Level
}
