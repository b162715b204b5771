/**
 * Takes reports in: from a field device, from another database's export, from a file somebody kept. Refuses
 * what does not fit the schema, naming the place; what it accepts is stored whole or not at all.
 */
import { StoreError } from '../errors.ts';
import { REPORT_SCHEMA, type Report, reportSchema } from '../model.ts';
import type { z } from '../zod.ts';
import { MAX_DURATION_MS } from './encoding.ts';
import { parseJson } from './json-text.ts';
import type { Store, Written } from './store.ts';

export interface ImportOptions {
  /** JSON text, or what is already parsed from it. */
  readonly report: unknown;
  /** What to call the report in messages, e.g. its path; `report` when left out. */
  readonly source?: string;
}

/** Stores the runs of a report that are not there yet, and what was found of them, all in one transaction; throws a StoreError. */
export async function importReport(
  store: Store,
  { report, source = 'report' }: ImportOptions,
): Promise<Written> {
  const parsed = typeof report === 'string' ? parseJson(report, source) : report;
  const { runs, changes = [], machineChanges = [] } = parseReport(parsed, source);
  return store.writeRuns(runs, { changes, machineChanges });
}

/** Checks that a value is a report; throws a StoreError that names the first place where it is not. */
function parseReport(value: unknown, source: string): Report {
  requireSchema(value, source);
  const parsed = reportSchema.safeParse(value);
  if (!parsed.success) throw misfit(source, parsed.error);
  parsed.data.runs.forEach((run, index) => {
    if (run.commit !== run.commitDetails.sha) {
      const place = `runs[${index}].commitDetails.sha`;
      throw invalid(source, place, `must equal commit, got ${show(run.commitDetails.sha)}`);
    }
    const paths = new Set<string>();
    run.files.forEach(({ path }, at) => {
      if (paths.has(path))
        throw invalid(source, `runs[${index}].files[${at}].path`, `is there twice: ${show(path)}`);
      paths.add(path);
    });
    requireDurations(run, `runs[${index}]`, source);
  });
  return parsed.data;
}

const REPORT_VERSION = Number(REPORT_SCHEMA.split('/')[1]);

/** A report of a newer version is told so, rather than what its version changed. */
function requireSchema(value: unknown, source: string): void {
  const schema: unknown =
    value !== null && typeof value === 'object' && 'schema' in value ? value.schema : undefined;
  if (schema === REPORT_SCHEMA) return;
  const version = typeof schema === 'string' ? /^tracey\.report\/(\d+)$/.exec(schema)?.[1] : undefined;
  if (Number(version) > REPORT_VERSION) {
    throw new StoreError(`${source}: schema: must be "${REPORT_SCHEMA}", got the newer "${schema}".`, {
      code: 'store/newer-report',
      hint: 'Update Tracey here: a newer one wrote this report.',
    });
  }
  throw invalid(source, 'schema', `must be "${REPORT_SCHEMA}", got ${show(schema)}`);
}

function misfit(source: string, error: z.ZodError): StoreError {
  const issue = error.issues[0];
  if (issue === undefined) return invalid(source, '', error.message);
  return invalid(source, formatPath(issue.path), issue.message);
}

/** No duration may be longer than what is kept exactly. */
function requireDurations(value: unknown, place: string, source: string): void {
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) requireDurations(item, `${place}[${index}]`, source);
  } else if (typeof value === 'number' && value > MAX_DURATION_MS && /Ms(\[\d+\])?$/.test(place)) {
    throw invalid(source, place, `must be at most ${MAX_DURATION_MS}, got ${value}`);
  } else if (value !== null && typeof value === 'object') {
    for (const [key, item] of Object.entries(value)) requireDurations(item, `${place}.${key}`, source);
  }
}

function formatPath(path: readonly PropertyKey[]): string {
  return path
    .map((key, index) => (typeof key === 'number' ? `[${key}]` : `${index === 0 ? '' : '.'}${String(key)}`))
    .join('');
}

function invalid(source: string, place: string, what: string): StoreError {
  return new StoreError(`${source}: ${place === '' ? '' : `${place}: `}${what}.`, {
    code: 'store/invalid-report',
    hint: 'Give it what `tracey run --json` or `tracey export` wrote, unchanged.',
  });
}

/** A value as it stands in a message: short, whatever somebody put there. */
function show(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}
