/**
 * A run as gauges, one at a time, in one of two styles. `names`: the ancestor's names, which Graphite has as folders. `tags`:
 * few names, and DogStatsD's tags for what they are about. Pure. Whatever a title holds, it adds no level, tag or line.
 */
import { createHash } from 'node:crypto';
import type { StatsdStyle } from '../config/schema.ts';
import type { FileResults, FileStream, RunFacts, SuiteResult, TestResult } from '../model.ts';
import type { Duty } from '../store/notice-store.ts';

export interface Gauge {
  readonly name: string;
  /** `key:value` each; empty in the style of names. */
  readonly tags: readonly string[];
  /** Durations in ms. */
  readonly value: number;
}

/** What gauges are made of. */
export interface MeasuredRun {
  readonly run: RunFacts;
  readonly files: FileStream;
}

/** Longest parts in bytes, so that a gauge fits into a packet whatever it is about. What is cut keeps a hash of the whole. */
const LIMITS = { segment: 100, name: 400, tag: 60, title: 190 } as const;

/**
 * The gauges of a job: the number of failed tests, then for each run its duration and those of its files, suites and
 * tests, in their order. Only what passed has a duration that means something; null is never sent, zero is.
 */
export async function* listGauges(runs: readonly MeasuredRun[], style: StatsdStyle): AsyncGenerator<Gauge> {
  yield* style === 'names' ? listErrorsByName(runs) : [];
  for (const { run, files } of runs) {
    const make = style === 'names' ? createNamer(run) : createTagger(run);
    if (style === 'tags') yield make({ kind: 'failed', value: countFailed(run) });
    if (run.outcome === 'passed') yield make({ kind: 'total', value: run.totals.durationMs });
    for await (const file of files) yield* listFileGauges(file, make);
  }
}

/** One thing with a value. */
type Reading =
  | { readonly kind: 'failed'; readonly value: number }
  | { readonly kind: 'total'; readonly value: number }
  | { readonly kind: 'file'; readonly path: string; readonly value: number }
  | { readonly kind: 'suite'; readonly path: string; readonly named: SuiteResult; readonly value: number }
  | { readonly kind: 'test'; readonly path: string; readonly named: TestResult; readonly value: number };

type MakeGauge = (reading: Reading) => Gauge;

function* listFileGauges(file: FileResults, make: MakeGauge): Generator<Gauge> {
  const { path, outcome, durationMs } = file;
  if (outcome === 'passed' && durationMs !== null) yield make({ kind: 'file', path, value: durationMs });
  if (outcome === 'passed') {
    for (const named of file.suites) {
      if (named.durationMs !== null) yield make({ kind: 'suite', path, named, value: named.durationMs });
    }
  }
  for (const named of file.tests) {
    if (named.outcome !== 'passed' || named.durationMs === null) continue;
    yield make({ kind: 'test', path, named, value: named.durationMs });
  }
}

/** What is in no `describe` and fails as a whole counts as one. */
function countFailed({ totals, outcome }: RunFacts): number {
  const isBad = outcome === 'failed' || outcome === 'aborted';
  return Math.max(totals.failed + totals.aborted, isBad ? 1 : 0);
}

/** `repo.<repo>.<host_os>`: the repo without its owner, the host with platform and architecture. */
function formatNamePrefix({ repository, machine }: RunFacts): string {
  const { hostname, platform, arch } = machine.facts;
  const repo = repository.slice(repository.lastIndexOf('/') + 1);
  return `repo.${cleanSegment(repo)}.${cleanSegment(`${hostname}_${platform}_${arch}`)}`;
}

/** `….errors`, which knows no Node version: the sum over the runs. */
function listErrorsByName(runs: readonly MeasuredRun[]): Gauge[] {
  const sums = new Map<string, number>();
  for (const { run } of runs) {
    const name = `${formatNamePrefix(run)}.errors`;
    sums.set(name, (sums.get(name) ?? 0) + countFailed(run));
  }
  return [...sums].map(([name, value]) => ({ name, tags: [], value }));
}

/** Whether a machine is overdue: 1 or 0. */
export function createOverdueGauge(
  { repository, runner, role, jobType }: Duty,
  value: 0 | 1,
  style: StatsdStyle,
): Gauge {
  if (style === 'tags') {
    const tags = [
      formatTag('repo', repository),
      formatTag('runner', runner),
      formatTag('role', role),
      formatTag('job_type', jobType),
    ];
    return { name: 'tracey.runner.overdue', tags, value };
  }
  const repo = repository.slice(repository.lastIndexOf('/') + 1);
  return { name: `repo.${cleanSegment(repo)}.${cleanSegment(runner)}.overdue`, tags: [], value };
}

const FOLDERS = {
  failed: 'errors',
  total: 'total',
  file: 'files',
  suite: 'suites',
  test: 'results',
} as const;

function createNamer(run: RunFacts): MakeGauge {
  const prefix = formatNamePrefix(run);
  const major = run.nodeVersion.slice(0, run.nodeVersion.indexOf('.'));
  const used = new Set<string>();
  return (reading) => {
    const parts = listNameParts(reading);
    const name = [
      `${prefix}.${FOLDERS[reading.kind]}.node_version_${major}`,
      ...parts.map(cleanSegment),
    ].join('.');
    // Titles that differ in signs only, and the same ones in several files, must not share a gauge.
    const identity = JSON.stringify([reading.kind, 'path' in reading ? reading.path : '', parts]);
    const own = used.has(name) ? `${name}_${computeHash(identity)}` : name;
    used.add(own);
    return { name: cutBytes(own, LIMITS.name, identity), tags: [], value: reading.value };
  };
}

function listNameParts(reading: Reading): string[] {
  if (reading.kind === 'file') return [reading.path];
  return 'named' in reading ? listTitles(reading.named) : [];
}

/** Titles from the outermost suite inwards; a later namesake has its number. */
function listTitles({ title, occurrence }: SuiteResult | TestResult): string[] {
  if (occurrence === undefined) return [...title];
  return title.map((one, index) => (index === title.length - 1 ? `${one}_${occurrence}` : one));
}

/**
 * A part of a name. The ancestor put `__` for the signs that StatsD and Graphite separate by, but for the first of each
 * only; statsd itself puts `_` for space and `-` for a slash and drops the rest. All of that is done here, so that
 * the names which reached Graphite stay, and letters that would be dropped leave a hash.
 */
function cleanSegment(text: string): string {
  const clean = text
    .replace(/[:.|]/g, '__')
    .replace(/\s+/g, '_')
    .replace(/\//g, '-')
    .replace(/[^\w-]/g, '');
  const isLossy = clean === '' || /[^\p{ASCII}]/u.test(text.replace(/[^\p{L}\p{N}]/gu, ''));
  return cutBytes(isLossy ? `${clean}_${computeHash(text)}` : clean, LIMITS.segment, text);
}

function createTagger(run: RunFacts): MakeGauge {
  const { repository, commitDetails, machine, runner, role, nodeVersion, nodeLine, jobType } = run;
  const shared = [
    formatTag('repo', repository),
    ...(commitDetails.branch === null ? [] : [formatTag('branch', commitDetails.branch)]),
    formatTag('host', machine.facts.hostname),
    formatTag('platform', machine.facts.platform),
    formatTag('arch', machine.facts.arch),
    formatTag('runner', runner),
    formatTag('role', role),
    formatTag('node', nodeLine),
    formatTag('node_version', nodeVersion),
    formatTag('job_type', jobType),
  ];
  return (reading) => ({
    name:
      reading.kind === 'failed'
        ? 'tracey.run.failed'
        : `tracey.${reading.kind === 'total' ? 'run' : reading.kind}.duration`,
    tags: [...shared, ...listOwnTags(reading)],
    value: reading.value,
  });
}

function listOwnTags(reading: Reading): string[] {
  if (reading.kind === 'failed' || reading.kind === 'total') return [];
  const file = formatTag('file', reading.path, LIMITS.title);
  if (reading.kind === 'file') return [file];
  const titles = listTitles(reading.named);
  if (reading.kind === 'suite') return [file, formatTag('suite', titles.join('/'), LIMITS.title)];
  const suite = titles.slice(0, -1).join('/');
  return [
    file,
    ...(suite === '' ? [] : [formatTag('suite', suite, LIMITS.title)]),
    formatTag('test', titles.at(-1) ?? '', LIMITS.title),
  ];
}

/** Letters of every script may stay in a tag's value. */
function formatTag(key: string, text: string, limit: number = LIMITS.tag): string {
  const clean = text.toWellFormed().replace(/[^\p{L}\p{N}_\-./]+/gu, '_');
  return `${key}:${cutBytes(clean === '' ? '_' : clean, limit, text)}`;
}

/** At most so many bytes; what is longer ends in a hash of what it stands for. */
function cutBytes(text: string, limit: number, whole: string): string {
  if (Buffer.byteLength(text) <= limit) return text;
  const kept = Buffer.from(text)
    .subarray(0, limit - HASH_LENGTH - 1)
    .toString();
  return `${kept.replace(/\ufffd+$/, '')}_${computeHash(whole)}`;
}

const HASH_LENGTH = 8;

function computeHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, HASH_LENGTH);
}
