import { defineConfig } from 'vitest/config'

// `pnpm pack:check`: what is published, judged as the tarballs that people install. Apart from `pnpm test`, because it
// builds everything and installs from the registry.
const config: ReturnType<typeof defineConfig> = defineConfig({
  test: {
    root: import.meta.dirname,
    include: ['*.check.ts'],
    globalSetup: ['setup.ts'],
    reporters: ['verbose'],
    testTimeout: 120_000,
    hookTimeout: 300_000,
  },
})

export default config
