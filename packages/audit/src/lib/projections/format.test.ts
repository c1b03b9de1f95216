import { assert, property } from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeCef } from '../../../test/formats/cef-decoder.ts'
import { readCsv } from '../../../test/formats/csv-reader.ts'
import { bareEvent, fullEvent } from '../../../test/formats/event.ts'
import { ecsJudge, hasEcsFields } from '../../../test/formats/ecs-fields.ts'
import { hostileEvent } from '../../../test/formats/hostile-event.ts'
import { UNSAFE } from '../../../test/formats/hostile-texts.ts'
import { hasOcsfSchema, ocsfJudge } from '../../../test/formats/ocsf-schema.ts'
import { formatCsvRow } from './csv.ts'
import { toEcs } from './ecs.ts'
import { FORMATS, formatEvent } from './format.ts'
import { toOcsf } from './ocsf.ts'

describe('formatEvent', () => {
  test('gives the event as it was read in native JSON', () => {
    const event = fullEvent('challenge.verified')

    expect(JSON.parse(formatEvent(event, 'json'))).toEqual(event)
  })

  test('v5.0.0-16.4.1 keeps every event on one line without control characters, whatever stands in it', () => {
    assert(
      property(hostileEvent, (event) => {
        const lines = [...FORMATS.map((format) => formatEvent(event, format)), formatCsvRow(event).slice(0, -2)]

        expect(lines.filter((line) => UNSAFE.test(line))).toEqual([])
      }),
    )
  })

  test('v5.0.0-16.4.1 gives back exactly what was written, and lets no text become a field', () => {
    assert(
      property(hostileEvent, (event) => {
        const { header, extension } = decodeCef(formatEvent(event, 'cef'))

        expect(JSON.parse(formatEvent(event, 'json'))).toEqual(JSON.parse(JSON.stringify(event)))
        expect(JSON.parse(formatEvent(event, 'ocsf'))).toEqual(JSON.parse(JSON.stringify(toOcsf(event))))
        expect(JSON.parse(formatEvent(event, 'ecs'))).toEqual(JSON.parse(JSON.stringify(toEcs(event))))
        expect([header.eventClassId, extension['externalId']]).toEqual([event.type, event.id])
        expect([extension['suid'] ?? '', extension['outcome'] ?? '']).toEqual([event.actor?.id, event.outcome])
        expect(readCsv(formatCsvRow(event))).toHaveLength(1)
      }),
    )
  })

  test.skipIf(!hasOcsfSchema || !hasEcsFields)(
    'stays valid OCSF and ECS, whatever stands in the event (not run where the vectors folder is absent)',
    () => {
      const [ocsf, ecs] = [ocsfJudge(), ecsJudge()]

      assert(
        property(hostileEvent, (event) => {
          expect([...ocsf(toOcsf(event)), ...ecs(toEcs(event))]).toEqual([])
        }),
      )
    },
  )

  test('refuses another format', () => {
    const format: string = 'xml'

    expect(() => Reflect.apply(formatEvent, undefined, [bareEvent('access.denied'), format])).toThrow(
      expect.objectContaining({ code: 'ERR_AUDIT_INPUT' }),
    )
  })

  test.each([
    ['a misspelt option', { orign: 'a' }],
    ['a misspelt part of the product', { product: { vendr: 'a' } }],
    ['options that are none', null],
    ['a product that is a text', { product: 'bank' }],
    ['an empty name', { product: { name: '' } }],
    ['a line end in a name', { product: { name: 'a\nb' } }],
    ['a version that is too long', { product: { version: 'x'.repeat(64) } }],
    ['an origin that is no text', { origin: 1 }],
  ])('refuses %s in every format', (_what, options) => {
    for (const format of FORMATS) {
      expect(() => Reflect.apply(formatEvent, undefined, [bareEvent('access.denied'), format, options])).toThrow(
        expect.objectContaining({ code: 'ERR_AUDIT_INPUT' }),
      )
    }
  })

  test('takes options that are left out, empty or undefined alike', () => {
    const event = bareEvent('access.denied')
    const lines = [undefined, {}, { product: undefined, origin: undefined }, { product: { vendor: undefined } }].map(
      (options) => formatEvent(event, 'cef', options),
    )

    expect(new Set(lines).size).toBe(1)
  })
})
