/**
 * Makes a piece of work one that is done once: whoever asks while it is under way or later gets what became of it. After a
 * failure the next one to ask tries again.
 *
 * @param work One try.
 * @returns Asks for the work.
 */
export function once(work: () => Promise<void>): () => Promise<void> {
  let current: Promise<void> | undefined
  return async () => {
    const trying = (current ??= work())
    try {
      await trying
    } catch (error) {
      if (current === trying) current = undefined
      throw error
    }
  }
}
