/**
 * What CPU profiles, of one test file at base and at head, say about where the time went. Pure; small enough to be kept with
 * every confirmed change.
 */
import { z } from '../zod.ts';
import { computeMedian } from './statistics.ts';

/** How many functions are kept, and how much of a name. */
const MOST_FUNCTIONS = 40;
const NAME_LENGTH = 120;

/** In usual gaps between two samples. */
const LONGEST_GAP = 10;

/** What V8 counts as functions and takes no time on the CPU, or only because of being watched. */
const NOT_WORK = ['(idle)', '(root)', '(program)'];

/** Self time of one function on both sides. */
export interface FunctionTimes {
  /** As V8 calls it; untrusted, bounded. */
  readonly name: string;
  /** Path relative to what is measured, or Node's own name of the module, e.g. `node:fs`; empty for the engine itself. */
  readonly file: string;
  /** Counted from 1, at head, else at base; null for the engine itself. */
  readonly line: number | null;
  readonly baseMs: number;
  readonly headMs: number;
}

/** Kept as JSON with a confirmed change. */
export interface ProfileDifference {
  readonly schema: 'tracey.profile/1';
  /** Time on the CPU of the whole process, starting and loading included. */
  readonly baseMs: number;
  readonly headMs: number;
  /** Those that differ most, the one that grew most first. */
  readonly functions: readonly FunctionTimes[];
}

const profileSchema = z.object({
  nodes: z.array(
    z.object({
      id: z.number(),
      callFrame: z.object({ functionName: z.string(), url: z.string(), lineNumber: z.number() }),
    }),
  ),
  samples: z.array(z.number()),
  timeDeltas: z.array(z.number()),
});
export type CpuProfile = z.output<typeof profileSchema>;

/** A profile in the format of V8's inspector (`Profiler.Profile`), times in µs; null for anything else. */
export function parseCpuProfile(text: string): CpuProfile | null {
  try {
    return profileSchema.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

interface ProfiledSide {
  /** Of all processes of the file. */
  readonly profiles: readonly CpuProfile[];
  /** What is measured, absolute: paths are told relative to it. */
  readonly folder: string;
}

interface SelfTime {
  readonly name: string;
  readonly file: string;
  readonly line: number | null;
  ms: number;
}

/**
 * The functions whose self time differs most. A function is known by its name and file, for its line moves with every
 * commit; those without a name are one for each file.
 *
 * @param options `leftOut`: folders of what is ours, absolute with a `/` at the end
 */
export function computeProfileDifference(
  base: ProfiledSide,
  head: ProfiledSide,
  options: { readonly leftOut: readonly string[] },
): ProfileDifference {
  const times = { base: sumSelfTimes(base, options.leftOut), head: sumSelfTimes(head, options.leftOut) };
  const functions = [...new Set([...times.head.keys(), ...times.base.keys()])]
    .flatMap((key): FunctionTimes[] => {
      const [before, now] = [times.base.get(key), times.head.get(key)];
      const known = now ?? before;
      if (known === undefined) return [];
      const { name, file, line } = known;
      return [{ name, file, line, baseMs: round(before?.ms ?? 0), headMs: round(now?.ms ?? 0) }];
    })
    .filter(({ baseMs, headMs }) => baseMs !== headMs)
    .sort((a, b) => Math.abs(computeGrowth(b)) - Math.abs(computeGrowth(a)))
    .slice(0, MOST_FUNCTIONS)
    .sort((a, b) => computeGrowth(b) - computeGrowth(a));
  return {
    schema: 'tracey.profile/1',
    baseMs: sumAll(times.base),
    headMs: sumAll(times.head),
    functions,
  };
}

/** By how many ms a function grew. */
export function computeGrowth({ baseMs, headMs }: Pick<FunctionTimes, 'baseMs' | 'headMs'>): number {
  return headMs - baseMs;
}

function sumSelfTimes(
  { profiles, folder }: ProfiledSide,
  leftOut: readonly string[],
): ReadonlyMap<string, SelfTime> {
  const sums = new Map<string, SelfTime>();
  for (const { nodes, samples, timeDeltas } of profiles) {
    const owners = new Map<number, SelfTime>();
    for (const { id, callFrame } of nodes) {
      const path = computePath(callFrame.url);
      const isOurs = leftOut.some((ours) => path.startsWith(ours));
      if (isOurs || (callFrame.url === '' && NOT_WORK.includes(callFrame.functionName))) continue;
      const name = bound(callFrame.functionName) || '(anonymous)';
      const file = bound(shorten(path, folder));
      const key = JSON.stringify([name, file]);
      const line = callFrame.url === '' ? null : callFrame.lineNumber + 1;
      const known = sums.get(key) ?? { name, file, line, ms: 0 };
      sums.set(key, known);
      owners.set(id, known);
    }
    const longest = computeLongest(timeDeltas);
    for (const [index, id] of samples.entries()) {
      const owner = owners.get(id);
      // A sample's time is what passes until the next.
      const us = Math.min(longest, Math.max(0, timeDeltas[index + 1] ?? 0));
      if (owner !== undefined) owner.ms += us / 1000;
    }
  }
  return sums;
}

/** What takes longer until its next sample was stopped by the machine: the rest of it is nobody's work. */
function computeLongest(timeDeltas: readonly number[]): number {
  const known = timeDeltas.filter((us) => us > 0);
  return known.length === 0 ? 0 : LONGEST_GAP * computeMedian(known);
}

function sumAll(times: ReadonlyMap<string, SelfTime>): number {
  let sum = 0;
  for (const { ms } of times.values()) sum += ms;
  return round(sum);
}

/** CommonJS modules are told by path, ES modules by address. */
function computePath(url: string): string {
  if (!url.startsWith('file://')) return url;
  try {
    return decodeURIComponent(new URL(url).pathname);
  } catch {
    return url;
  }
}

/** Nobody outside needs to know where on this machine it was: what is not of the repo keeps its package, or its name. */
function shorten(path: string, folder: string): string {
  if (path.startsWith(`${folder}/`)) return path.slice(folder.length + 1);
  if (!path.startsWith('/')) return path;
  const modules = path.lastIndexOf('/node_modules/');
  return modules === -1 ? path.slice(path.lastIndexOf('/') + 1) : path.slice(modules + 1);
}

function bound(text: string): string {
  const whole = text.toWellFormed();
  return whole.length > NAME_LENGTH ? `${whole.slice(0, NAME_LENGTH - 1).toWellFormed()}…` : whole;
}

function round(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}
