import { assert, property } from 'fast-check'
import { describe, expect, test } from 'vitest'
import { plainCell, readCsv } from '../../../test/formats/csv-reader.ts'
import { bareEvent, fullEvent } from '../../../test/formats/event.ts'
import { hostileText, UNSAFE } from '../../../test/formats/hostile-texts.ts'
import { formatCsvHeader, formatCsvRow } from './csv.ts'

const [HEADER = []] = readCsv(formatCsvHeader())

function cellOf(row: string, column: string): string {
  return readCsv(row)[0]?.[HEADER.indexOf(column)] ?? 'no such cell'
}

/** The cell of a text that the application said. */
function tenantCell(tenant: string): string {
  return cellOf(formatCsvRow({ ...bareEvent('access.denied'), tenant }), 'tenant')
}

describe('formatCsvHeader', () => {
  test('names every column once', () => {
    expect(new Set(HEADER).size).toBe(HEADER.length)
    expect(HEADER).toEqual(expect.arrayContaining(['index', 'type', 'actor', 'data', 'revealed']))
  })
})

describe('formatCsvRow', () => {
  test('v5.0.0-1.2.10 writes as many cells as the header names, ended as RFC 4180 has it', () => {
    const row = formatCsvRow(fullEvent('access.denied'))

    expect(readCsv(row).map((cells) => cells.length)).toEqual([HEADER.length])
    expect(row.endsWith('\r\n')).toBe(true)
  })

  test.each([
    ['=', '=1+1'],
    ['+', '+1'],
    ['-', '-1'],
    ['@', '@SUM(A1)'],
    ['a formula behind white space', ' \u00a0 =1'],
    ['a formula behind a line end', '\r\n=1'],
    ['a formula behind NUL', ' \0=1'],
    ['a tab', '\tx'],
    ['a carriage return', '\rx'],
    ['NUL', '\0x'],
    ['full-width =', '＝1'],
    ['full-width +', '＋1'],
    ['full-width -', '－1'],
    ['full-width @', '＠a'],
    ['a quote, so that it can be told from ours', "'x"],
  ])('v5.0.0-1.2.10 keeps a cell from being a formula: %s', (_what, tenant) => {
    expect(tenantCell(tenant).startsWith("'")).toBe(true)
  })

  test.each(['bank', 'a=b', 'a-b', 'x@y', '1', '🔐'])('leaves the cell %s as it is', (tenant) => {
    expect(tenantCell(tenant)).toBe(tenant)
  })

  test('v5.0.0-1.2.10 keeps any text in its cell, on its line, harmless, and readable again', () => {
    assert(
      property(hostileText, (tenant) => {
        const row = formatCsvRow({ ...bareEvent('access.denied'), tenant })
        const cell = cellOf(row, 'tenant')

        expect(UNSAFE.test(row.slice(0, -2))).toBe(false)
        expect(cell.trimStart()).not.toMatch(/^[=+\-@＝＋－＠]/u)
        expect(plainCell(cell)).toBe(tenant)
      }),
    )
  })

  test('v5.0.0-1.2.10 begins no cell where `;` ends one, in texts and in JSON', () => {
    const attack = "x;=1+cmd|' /C calc'!A0;"
    const event = { ...bareEvent('access.denied'), tenant: attack, revealed: { 'detail.label': attack } }
    const row = formatCsvRow(event)

    expect(row).not.toContain(';')
    expect(plainCell(cellOf(row, 'tenant'))).toBe(attack)
    expect(JSON.parse(cellOf(row, 'revealed'))).toEqual(event.revealed)
  })

  test('gives payload and what was revealed as JSON', () => {
    const event = { ...fullEvent('access.denied'), revealed: { 'detail.label': '=a\u202e"b' } }
    const row = formatCsvRow(event)

    expect(JSON.parse(cellOf(row, 'data'))).toEqual(event.data)
    expect(JSON.parse(cellOf(row, 'revealed'))).toEqual(event.revealed)
  })
})
