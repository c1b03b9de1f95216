export { runSallyport } from './lib/run-sallyport.ts'
export { processTerminal } from './lib/terminal.ts'

export type { Terminal } from './lib/terminal.ts'
