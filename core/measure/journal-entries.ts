/**
 * The entries of a run's journal: each says in its first line what it is, in its second what that holds; that of a file
 * has a part for its suites and one for its tests. Written by us, but where tested code can reach it: whoever recovers
 * a journal believes nothing that does not fit.
 */
import { runReportSchema } from '../model.ts';
import { z } from '../zod.ts';
import type { Method, ProcessTask } from './host.ts';
import type { FileMeasurement, SuiteMeasurement, TestMeasurement } from './measurement.ts';
import type { Entry, Extent, ReadExtent, Spool } from './spool.ts';

const { shape: run } = runReportSchema;
const { shape: file } = run.files.element;

const startSchema = runReportSchema
  .pick({
    id: true,
    repository: true,
    commit: true,
    commitDetails: true,
    jobType: true,
    runner: true,
    role: true,
    nodeVersion: true,
    nodeLine: true,
    startedAt: true,
    dependencies: true,
  })
  .extend({ machine: run.machine.omit({ after: true }) });
/** What is known of a run before anything is measured. */
export type RunStart = z.infer<typeof startSchema>;

const methodSchema = runReportSchema
  .pick({ framework: true, isolation: true, samples: true })
  .extend({ dependencies: run.dependencies.exactOptional(), documents: run.documents.exactOptional() });
const taskSchema = z.strictObject({ repoFolder: z.string(), files: z.array(z.string()), events: z.string() });
const headSchema = run.files.element.omit({ suites: true, tests: true });
const suiteSchema = file.suites.element;
const testSchema = file.tests.element.omit({ samplesMs: true });
/** A measurement whose suites and tests are in memory. */
export const measurementSchema = headSchema.extend({
  suites: z.array(suiteSchema),
  tests: z.array(testSchema),
});

type FileHead = Omit<FileMeasurement, 'suites' | 'tests'>;

type Plain =
  | { readonly kind: 'run'; readonly value: RunStart }
  | { readonly kind: 'method'; readonly value: Method }
  | { readonly kind: 'task'; readonly value: ProcessTask };

/** What an entry says; of a file's measurement only whose it is. */
export type Said = Plain | { readonly kind: 'file'; readonly path: string };

/** Appends what is not the measurement of a file. */
export function writePlain(spool: Spool, { kind, value }: Plain): void {
  spool.append([[kind, JSON.stringify(value)]]);
}

/** Appends the measurement of a file. */
export function writeMeasurement(spool: Spool, { suites, tests, ...head }: FileMeasurement): Entry {
  return spool.append([['file', JSON.stringify(head)], formatLines(suites), formatLines(tests)]);
}

/** Opens the measurement of an entry that this process wrote, or has parsed. */
export function openMeasurement(read: ReadExtent, [first, suites, tests]: Entry): FileMeasurement {
  const [, head = ''] = first === undefined ? [] : read(first);
  return {
    ...(JSON.parse(head) as FileHead),
    suites: openLines<SuiteMeasurement>(read, suites),
    tests: openLines<TestMeasurement>(read, tests),
  };
}

/** Parses an entry that somebody else wrote, to its last line; throws when it is none. */
export function parseEntry(read: ReadExtent, entry: Entry): Said {
  const [first = [], suites, tests] = entry;
  const [kind, text = ''] = read(first);
  const value: unknown = JSON.parse(text);
  switch (kind) {
    case 'run':
      return { kind, value: startSchema.parse(value) };
    case 'method':
      return { kind, value: methodSchema.parse(value) };
    case 'task':
      return { kind, value: taskSchema.parse(value) };
    case 'file':
      for (const suite of openLines<unknown>(read, suites)) suiteSchema.parse(suite);
      for (const test of openLines<unknown>(read, tests)) testSchema.parse(test);
      return { kind, path: headSchema.parse(value).path };
    default:
      throw new Error('an entry of no known kind');
  }
}

/** JSON holds no line break. */
function* formatLines(parts: Iterable<unknown>): Generator<string> {
  for (const part of parts) yield JSON.stringify(part);
}

function openLines<Part>(read: ReadExtent, extent: Extent = []): Iterable<Part> {
  return {
    *[Symbol.iterator]() {
      for (const line of read(extent)) yield JSON.parse(line) as Part;
    },
  };
}
