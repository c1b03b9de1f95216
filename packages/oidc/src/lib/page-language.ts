import { pickProblemLanguage } from './problem-words.ts'
import type { Request, Response } from 'express'
import type { ProblemLanguage } from './problem-words.ts'

const MAX_WANTED = 16

/** Picks the language of a page by what the browser would rather have, and says that the answer depends on it. */
export function languageFor(req: Request, res: Response): ProblemLanguage {
  res.vary('Accept-Language')
  return pickProblemLanguage(req.acceptsLanguages().slice(0, MAX_WANTED))
}
