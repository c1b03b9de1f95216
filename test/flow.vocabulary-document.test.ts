import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { expect, test } from 'vitest'

import { ROOT } from './setup/workspace.ts'
import { eventsDocument } from './vocabulary/events-document.ts'

test('v5.0.0-16.1.1 packages/audit/EVENTS.md says what the registry says; `node test/vocabulary/main.ts` writes it anew', () => {
  expect(readFileSync(join(ROOT, 'packages', 'audit', 'EVENTS.md'), 'utf8')).toBe(eventsDocument())
})
