import type { Json } from '@sallyport/store'
import type { SQLOutputValue } from 'node:sqlite'

/** A row as node:sqlite returns it. */
export type Row = Readonly<Record<string, SQLOutputValue>>

/** Reads a text column. */
export function textOf(row: Row, column: string): string {
  const value = row[column]
  if (typeof value !== 'string') throw new TypeError(`textOf: column ${column} is no text`)
  return value
}

/** Reads an integer column. */
export function numberOf(row: Row, column: string): number {
  const value = row[column]
  if (typeof value !== 'number') throw new TypeError(`numberOf: column ${column} is no number`)
  return value
}

/** Reads an integer column that may be null. */
export function optionalNumberOf(row: Row, column: string): number | undefined {
  return row[column] === null ? undefined : numberOf(row, column)
}

/** Reads a column of bytes. */
export function bytesOf(row: Row, column: string): Uint8Array {
  const value = row[column]
  if (!(value instanceof Uint8Array)) throw new TypeError(`bytesOf: column ${column} holds no bytes`)
  return value
}

/** Reads JSON; damaged text reads as null, which is no value that any record of ours has. */
export function parseJson(text: string): Json {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
