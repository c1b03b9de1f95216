/** What can be said of a requirement: that tests prove it, why it still waits, or why it is none for these packages. */
export type Status = 'tested' | { readonly waits: string } | { readonly notApplicable: string }

/** One requirement that the packages answer to, in our own words. */
export interface Requirement {
  /** As it stands at the beginning of a test's name, such as `F-08` or `v5.0.0-6.5.1`. */
  readonly id: string
  readonly title: string
  readonly status: Status
}
