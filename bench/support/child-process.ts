import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'

/** What runs in a process of its own and answers one question after the other. */
export interface Program<Question, Answer> {
  answer(question: Question): Promise<Answer>
  close(): Promise<void>
}

/** A program as its parent sees it. */
export interface Child<Question, Answer> {
  ask(question: Question): Promise<Answer>
  stop(): Promise<void>
}

type Reply<Answer> = { readonly ok: true; readonly answer: Answer } | { readonly ok: false; readonly error: string }

/** Starts `main.ts` once more as a program of the given name. Whatever it prints goes to the parent's error stream. */
export function startChild<Question, Answer>(name: string): Child<Question, Answer> {
  const main = new URL('../main.ts', import.meta.url)
  const child = fork(main, ['child', name], {
    env: { ...process.env, NODE_ENV: 'production' },
    stdio: ['ignore', 2, 2, 'ipc'],
  })
  return {
    async ask(question): Promise<Answer> {
      child.send(JSON.stringify(question))
      const reply = await nextReply<Answer>(child)
      if (reply.ok) return reply.answer
      throw new Error(`${name}: ${reply.error}`)
    },
    async stop(): Promise<void> {
      if (child.exitCode !== null) return
      const ended = once(child, 'exit')
      child.disconnect()
      await ended
    },
  }
}

/** Serves a program to the parent process, until the parent hangs up. */
export function serveParent(program: Program<never, unknown>): void {
  process.on('message', (text: string) => {
    void replyTo(program, text).then((reply) => process.send?.(JSON.stringify(reply)))
  })
  process.on('disconnect', () => {
    void program.close().finally(() => process.exit())
  })
}

async function replyTo(program: Program<never, unknown>, text: string): Promise<Reply<unknown>> {
  try {
    return { ok: true, answer: await program.answer(JSON.parse(text) as never) }
  } catch (error) {
    return { ok: false, error: error instanceof Error ? (error.stack ?? error.message) : String(error) }
  }
}

function nextReply<Answer>(child: ChildProcess): Promise<Reply<Answer>> {
  return new Promise((resolve, reject) => {
    const ended = (): void => reject(new Error('A process of the benchmark ended before it had answered.'))
    child.once('exit', ended)
    child.once('message', (text) => {
      child.off('exit', ended)
      resolve(parseReply(text))
    })
  })
}

function parseReply<Answer>(message: unknown): Reply<Answer> {
  if (typeof message !== 'string') throw new Error('parseReply: the processes speak JSON')
  const reply: Reply<Answer> = JSON.parse(message)
  return reply
}
