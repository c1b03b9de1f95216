import type { ExportFolder } from '../src/lib/exporting/export-files.ts'

/** The files of an export in memory, by path. */
export type Files = Map<string, Uint8Array>

/** Makes a folder over files in memory. */
export function memoryFolder(files: Files): ExportFolder {
  return {
    read: async (path, limit) => files.get(path)?.subarray(0, limit),
    write: async (path, bytes) => void files.set(path, Buffer.from(bytes)),
    remove: async (path) => void files.delete(path),
    flush: async () => undefined,
    list: async (path) => {
      const prefix = path === '' ? '' : `${path}/`
      const below = [...files.keys()].filter((one) => one.startsWith(prefix)).map((one) => one.slice(prefix.length))
      return [...new Set(below.map((one) => one.replace(/\/.*$/s, '/')))].toSorted()
    },
  }
}
