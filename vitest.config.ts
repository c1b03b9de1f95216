import { defineConfig } from 'vitest/config'

// One run judges everything: unit tests beside the code, whole-system flows and gates in test/.
const config: ReturnType<typeof defineConfig> = defineConfig({
  test: {
    include: ['packages/*/src/**/*.test.ts', 'test/**/*.test.ts', 'examples/*/src/**/*.test.ts'],
    // By itself it leaves one core unused, which on two is half of them.
    maxWorkers: '100%',
    testTimeout: 30_000,
    hookTimeout: 60_000,
    coverage: {
      provider: 'v8',
      include: ['packages/*/src/**/*.ts'],
      exclude: ['**/*.test.ts', '**/index.ts'],
      reporter: ['text-summary'],
      thresholds: { lines: 95, branches: 90 },
    },
  },
})

export default config
