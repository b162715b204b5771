/**
 * What a driven scenario told (drive.cjs), parsed: the steps in their order, how each ended, and what was said in each. The
 * lines come from a process that runs other people's code: nothing that does not fit is believed.
 */
import { z } from '../../core/zod.ts';
import type { SaidMessage } from './masks.ts';

export interface RecordedStep {
  readonly name: string;
  /** For people: what happens in it. */
  readonly title: string;
  readonly ending:
    | { readonly kind: 'done'; readonly durationMs: number }
    | { readonly kind: 'left-out'; readonly reason: string }
    /** Failed, or never finished; why, for people. */
    | { readonly kind: 'failed'; readonly durationMs: number | null; readonly error: string };
  readonly messages: readonly SaidMessage[];
}

export interface Recording {
  readonly steps: readonly RecordedStep[];
  /** What the scenario says of the service: `protocolVersion`, and texts that differ between versions by what they are. */
  readonly facts: Readonly<Record<string, string>>;
  /** Whether every step was done or left out. */
  readonly isWhole: boolean;
  /** How the process ended, or what it threw, for people. */
  readonly ending: string;
}

const who = { connection: z.string(), from: z.enum(['client', 'service']) };
const said = z.discriminatedUnion('kind', [
  z.strictObject({
    ...who,
    kind: z.enum(['request', 'answer']),
    line: z.string(),
    headers: z.record(z.string(), z.string()),
  }),
  z.strictObject({ ...who, kind: z.literal('message'), text: z.string() }),
  z.strictObject({ ...who, kind: z.literal('binary'), bytes: z.int() }),
  z.strictObject({ ...who, kind: z.literal('close'), code: z.int().nullable(), reason: z.string() }),
]);

const eventSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('step'), step: z.string(), title: z.string() }),
  z.strictObject({ type: z.literal('message'), message: said }),
  z.strictObject({
    type: z.literal('left-out'),
    step: z.string(),
    title: z.string(),
    reason: z.string(),
  }),
  z.strictObject({
    type: z.literal('done'),
    step: z.string(),
    ms: z.number().nonnegative(),
    facts: z.record(z.string(), z.string()),
  }),
  z.strictObject({
    type: z.literal('failed'),
    step: z.string(),
    ms: z.number().nonnegative(),
    error: z.string(),
  }),
  z.strictObject({ type: z.literal('thrown'), error: z.string() }),
  z.strictObject({ type: z.literal('end') }),
]);

type Event = z.infer<typeof eventSchema>;
type Mutable = {
  -readonly [Key in keyof RecordedStep]: Key extends 'messages' ? SaidMessage[] : RecordedStep[Key];
};

/**
 * @param lines those that the process wrote; an unfinished last one is left out
 * @param ending how the process ended, for the step that it ended in
 */
export function parseRecording(lines: readonly string[], ending: string): Recording {
  const steps: Mutable[] = [];
  const facts: Record<string, string> = {};
  let current: Mutable | null = null;
  let thrown: string | null = null;
  let isEnded = false;
  for (const event of lines.flatMap(parseEvent)) {
    if (event.type === 'step') {
      current = {
        name: event.step,
        title: event.title,
        ending: { kind: 'failed', durationMs: null, error: '' },
        messages: [],
      };
      steps.push(current);
    } else if (event.type === 'left-out') {
      const { step: name, title, reason } = event;
      steps.push({ name, title, ending: { kind: 'left-out', reason }, messages: [] });
    } else if (event.type === 'message') current?.messages.push(parseMessage(event.message));
    else if (event.type === 'done' && current !== null) {
      current.ending = { kind: 'done', durationMs: event.ms };
      Object.assign(facts, event.facts);
    } else if (event.type === 'failed' && current !== null) {
      current.ending = { kind: 'failed', durationMs: event.ms, error: event.error };
    } else if (event.type === 'thrown') thrown = event.error;
    else if (event.type === 'end') isEnded = true;
  }
  const error = thrown ?? ending;
  for (const step of steps) {
    if (step.ending.kind === 'failed' && step.ending.error === '') {
      step.ending = { kind: 'failed', durationMs: null, error };
    }
  }
  const isWhole = isEnded && steps.every(({ ending: { kind } }) => kind !== 'failed');
  return { steps, facts, isWhole, ending: error };
}

function parseEvent(line: string): Event[] {
  try {
    const parsed = eventSchema.safeParse(JSON.parse(line));
    return parsed.success ? [parsed.data] : [];
  } catch {
    return [];
  }
}

function parseMessage(message: z.infer<typeof said>): SaidMessage {
  if (message.kind !== 'message') return message;
  const { text, ...rest } = message;
  try {
    return { ...rest, body: JSON.parse(text) as unknown };
  } catch {
    return { ...rest, body: text };
  }
}
