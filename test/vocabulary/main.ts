import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { ROOT } from '../setup/workspace.ts'
import { eventsDocument } from './events-document.ts'

// Writes the page of all events anew, from the registry.

writeFileSync(join(ROOT, 'packages', 'audit', 'EVENTS.md'), eventsDocument())
