/**
 * Our end of the line to the keeper of a container (probe/keeper.cjs): orders go in, answers come out. Beside tested
 * code, so nothing about the answers is believed: their size is bounded and each is parsed.
 */

import type { Duplex } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { z } from '../../zod.ts';

const LONGEST_LINE = 4 * 1024 * 1024;
const STOPS = ['deadline', 'aborted'] as const;

const readySchema = z.object({
  type: z.literal('ready'),
  nodeVersion: z.string().regex(/^\d+\.\d+\.\d+[\w.+-]*$/),
  executable: z.string().startsWith('/'),
  abi: z.string().nullable(),
  platform: z.string(),
  arch: z.string(),
  libc: z.string().nullable(),
  uid: z.int(),
  gid: z.int(),
});
/** What the Node of an image says of itself, and as whom it runs. */
export type Ready = z.infer<typeof readySchema>;

const id = z.int().nonnegative();
const endedSchema = z.object({
  type: z.literal('ended'),
  id,
  exitCode: z.int().nullable(),
  signal: z.string().nullable(),
  stopped: z.enum(STOPS).nullable(),
  durationMs: z.number().nonnegative(),
  output: z.string(),
  oomKills: z.int(),
  refusedProcesses: z.int(),
  full: z.boolean(),
});
/** How a process inside ended, and what the container had to do to it. */
export type Ended = z.infer<typeof endedSchema>;

const answerSchema = z.discriminatedUnion('type', [
  readySchema,
  endedSchema,
  z.object({ type: z.literal('copied'), id }),
  z.object({ type: z.literal('refused'), id, message: z.string() }),
  z.object({ type: z.literal('output'), id, text: z.string() }),
]);
export type Answer = z.infer<typeof answerSchema>;

export interface RunOrder {
  readonly type: 'run';
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly deadlineMs: number | null;
  readonly outputBytes: number;
  /** Told every piece of output as it comes. */
  readonly tellsOutput: boolean;
  /** Folders that tests write to, to be told when one is full. */
  readonly rooms: readonly string[];
}

export type Order =
  | RunOrder
  | {
      readonly type: 'copy';
      readonly from: string;
      readonly to: string;
      /** Names at the top that are left out. */
      readonly skipped: readonly string[];
    };

export interface Keeper {
  /** Fulfilled when the keeper runs; null when the line was cut before. */
  readonly ready: Promise<Ready | null>;
  /** Gives an order and waits for its last answer; null when the line was cut. */
  order(order: Order, onOutput?: (text: string) => void): Promise<Exclude<Answer, Ready> | null>;
  /** Ends the process that runs. */
  stop(why: (typeof STOPS)[number]): void;
  /** What was printed that is no answer: Node's own words when it could not even start. */
  readStray(): string;
  close(): void;
}

/** @param line both directions of an attached container, its output already taken apart by `demux` */
export function createKeeper(
  line: Duplex,
  demux: (to: { readonly stdout: (chunk: Buffer) => void; readonly stderr: (chunk: Buffer) => void }) => void,
): Keeper {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  let stray = '';
  let isCut = false;
  let orders = 0;
  let waiting: {
    readonly id: number;
    readonly onOutput: (text: string) => void;
    readonly resolve: (answer: Exclude<Answer, Ready> | null) => void;
  } | null = null;
  const ready = Promise.withResolvers<Ready | null>();

  const noteStray = (text: string) => {
    stray = (stray + text).slice(-8192);
  };
  const cut = () => {
    isCut = true;
    ready.resolve(null);
    waiting?.resolve(null);
    waiting = null;
  };
  const hear = (text: string) => {
    const answer = parseAnswer(text);
    if (answer === null) noteStray(`${text}\n`);
    else if (answer.type === 'ready') ready.resolve(answer);
    else if (answer.id !== waiting?.id) return;
    else if (answer.type === 'output') waiting.onOutput(answer.text);
    else {
      const { resolve } = waiting;
      waiting = null;
      resolve(answer);
    }
  };
  demux({
    stdout: (chunk) => {
      rest += decoder.write(chunk);
      for (let at = rest.indexOf('\n'); at !== -1; at = rest.indexOf('\n')) {
        hear(rest.slice(0, at));
        rest = rest.slice(at + 1);
      }
      if (rest.length > LONGEST_LINE) rest = '';
    },
    stderr: (chunk) => noteStray(chunk.toString('utf8')),
  });
  line.once('end', cut);
  line.once('close', cut);
  line.once('error', cut);

  const send = (order: object) => {
    if (!isCut) line.write(`${JSON.stringify(order)}\n`);
  };
  return {
    ready: ready.promise,
    order(order, onOutput = () => undefined) {
      orders += 1;
      const number = orders;
      return new Promise((resolve) => {
        if (isCut) {
          resolve(null);
          return;
        }
        waiting = { id: number, onOutput, resolve };
        send({ ...order, id: number });
      });
    },
    stop: (why) => send({ type: 'stop', why }),
    readStray: () => stray + rest,
    close() {
      line.destroy();
      cut();
    },
  };
}

function parseAnswer(text: string): Answer | null {
  try {
    const parsed = answerSchema.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}
