import type { Json } from '@sallyport/store'

/** Tells whether a stored value is an object with named members: whatever else a record holds, nobody here wrote it. */
export function isJsonRecord(value: Json | undefined): value is { readonly [name: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
