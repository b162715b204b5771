/**
 * The lines that the probe writes, checked. They come from a process that runs other people's code, so nothing
 * about them is believed: sizes are bounded and every line is parsed before use.
 */
import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { setImmediate as pause } from 'node:timers/promises';
import { findSystemCode } from '../errors.ts';
import { outcomeSchema } from '../model.ts';
import { z } from '../zod.ts';

const id = z.int().nonnegative();
const ms = z.number().nonnegative();
const error = z.object({ message: z.string(), stack: z.string().optional() });

const eventSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('node-flags'), flags: z.array(z.string()) }),
  z.object({ type: z.literal('files'), files: z.array(z.string()) }),
  z.object({ type: z.literal('options'), options: z.string() }),
  z.object({ type: z.literal('load'), file: z.string(), ms }),
  z.object({ type: z.literal('load-error'), file: z.string().nullable(), error }),
  z.object({
    type: z.literal('suite'),
    id,
    parent: id.nullable(),
    title: z.string(),
    file: z.string().nullable(),
    bail: z.boolean(),
  }),
  z.object({
    type: z.literal('test'),
    id,
    suite: id,
    title: z.string(),
    file: z.string().nullable(),
    /** The text of its function; null when that cannot be read, left out when it has none or nothing is told. */
    body: z.string().nullish(),
  }),
  z.object({ type: z.literal('start') }),
  z.object({ type: z.literal('test-start'), test: id }),
  z.object({
    type: z.literal('test-end'),
    test: id,
    outcome: outcomeSchema,
    ms: ms.nullable(),
    cpuMs: ms.nullable(),
    attempts: id,
  }),
  z.object({ type: z.literal('hook-start'), title: z.string() }),
  z.object({
    type: z.literal('hook'),
    kind: z.enum(['before all', 'before each', 'after all', 'after each', 'hook']),
    title: z.string(),
    suite: id,
    test: id.nullable(),
    ms: ms.nullable(),
    failed: z.boolean(),
    error: error.optional(),
  }),
  z.object({ type: z.literal('fail'), test: id.nullable(), title: z.string(), error }),
  z.object({ type: z.literal('rejection'), error }),
  z.object({ type: z.literal('suite-end'), suite: id, ms: ms.nullable() }),
  z.object({ type: z.literal('abort') }),
  z.object({ type: z.literal('end') }),
  z.object({ type: z.literal('lingering'), handles: z.record(z.string(), z.number()), ms }),
  z.object({
    type: z.literal('modules'),
    files: z.array(z.string()),
    /** How many of the process's modules, the first ones, were loaded before any code of the repo. */
    early: id,
    /** Whether this Node tells about ES modules, or has none. */
    seesImports: z.boolean(),
    /** Whether ES modules were loaded that are not among `files`. */
    hidden: z.boolean(),
    /** Whether it started processes or threads of its own. */
    children: z.boolean(),
  }),
  z.object({
    type: z.literal('exit'),
    code: z.int().nullable(),
    /** `called`: by process.exit; `drained`: nothing was left to do; null: in another way, or unknown. */
    cause: z.enum(['called', 'drained']).nullable(),
    peakRssBytes: id.nullable(),
  }),
]);
/** One thing that the probe saw; times in ms on the tested process's monotonic clock. */
export type ProbeEvent = z.infer<typeof eventSchema>;

/** What one process may tell; more is damage. */
export interface EventLimits {
  readonly bytes: number;
  readonly lineBytes: number;
}
const CHUNK_BYTES = 64 * 1024;
const LIMITS: EventLimits = { bytes: 256 * 1024 * 1024, lineBytes: 4 * 1024 * 1024 };

/** Whether an event file is read in one go: then nobody need wait for it. */
export function isReadAtOnce(file: string): boolean {
  return (statSync(file, { throwIfNoEntry: false })?.size ?? 0) <= CHUNK_BYTES;
}

/**
 * Reads an event file line by line, in flat memory.
 *
 * @param onEvent sees each event in order
 * @returns null, or what is wrong with the file: reading stops there. An unfinished last line is what a crash
 *   leaves, and no damage; no file at all is an empty one.
 */
export function readEvents(
  file: string,
  onEvent: (event: ProbeEvent) => void,
  limits?: EventLimits,
): Promise<string | null> {
  return takeBreaks(readInPieces(file, onEvent, limits));
}

/** Does work that comes in pieces; beside it, whoever wants to interrupt is heard. */
export async function takeBreaks<Result>(work: Generator<void, Result>): Promise<Result> {
  for (;;) {
    const piece = work.next();
    if (piece.done) return piece.value;
    await pause();
  }
}

/** As {@link readEvents}, a piece at a time. */
export function* readInPieces(
  file: string,
  onEvent: (event: ProbeEvent) => void,
  limits = LIMITS,
): Generator<void, string | null> {
  const descriptor = openExisting(file);
  if (descriptor === null) return null;
  try {
    // One buffer for all: a stream takes a new one for each chunk, and they pile up until garbage is collected.
    const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
    let rest: Buffer[] = [];
    let restBytes = 0;
    let readBytes = 0;
    let line = 0;
    for (;;) {
      const bytesRead = readSync(descriptor, buffer);
      if (bytesRead === 0) return null;
      readBytes += bytesRead;
      // Most files are one piece.
      if (readBytes > CHUNK_BYTES) yield;
      if (readBytes > limits.bytes) return `it is larger than ${limits.bytes} bytes`;
      const chunk = buffer.subarray(0, bytesRead);
      let from = 0;
      for (let at = chunk.indexOf(10); at !== -1; at = chunk.indexOf(10, from)) {
        line += 1;
        const text =
          rest.length === 0
            ? chunk.toString('utf8', from, at)
            : Buffer.concat([...rest, chunk.subarray(from, at)]).toString('utf8');
        const damage = parseLine(text, onEvent);
        if (damage !== null) return `line ${line} ${damage}`;
        rest = [];
        restBytes = 0;
        from = at + 1;
      }
      if (from < bytesRead) rest.push(Buffer.from(chunk.subarray(from)));
      restBytes += bytesRead - from;
      if (restBytes > limits.lineBytes) return `line ${line + 1} is longer than ${limits.lineBytes} bytes`;
    }
  } finally {
    closeSync(descriptor);
  }
}

function openExisting(file: string): number | null {
  try {
    return openSync(file, 'r');
  } catch (thrown) {
    if (findSystemCode(thrown) === 'ENOENT') return null;
    throw thrown;
  }
}

function parseLine(text: string, onEvent: (event: ProbeEvent) => void): string | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return 'is not JSON';
  }
  const parsed = eventSchema.safeParse(value);
  if (!parsed.success) return 'is no event';
  onEvent(parsed.data);
  return null;
}
