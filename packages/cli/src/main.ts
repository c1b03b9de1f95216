#!/usr/bin/env -S node --disable-warning=ExperimentalWarning
import { runSallyport } from './lib/run-sallyport.ts'
import { processTerminal } from './lib/terminal.ts'

// Not process.exit: what was written to a pipe must still arrive.
process.exitCode = await runSallyport(process.argv.slice(2), processTerminal())
