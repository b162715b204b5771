/**
 * A job type that somebody else wrote, held to the contract: its members when it is loaded, what it hands over while it runs.
 * It is trusted code — it runs in this process —, but a mistake in it must be told as one, by its name, and never reach the
 * store. Loading it is the entries' business.
 */
import { ConfigError, formatThrown, JobError, TraceyError } from './errors.ts';
import type { Job, JobResult, JobType } from './job-type.ts';
import type { Host } from './measure/host.ts';
import { measurementSchema } from './measure/journal-entries.ts';
import { documentSchema, runReportSchema } from './model.ts';
import { checkFileName } from './output-folder.ts';
import { formatUntrusted } from './text.ts';
import { z } from './zod.ts';

const resultSchema = z.strictObject({
  documents: z.array(documentSchema).optional(),
  files: z.array(documentSchema).optional(),
  summary: z.string().optional(),
});

const methodSchema = z.looseObject(
  runReportSchema.pick({ framework: true, isolation: true, samples: true }).shape,
);

type Members = Omit<JobType, 'name'>;

/** Those that a job type may leave out. */
const OPTIONAL = ['resolveNode', 'openSuite'] as const;

/**
 * What a module exports, as a job type that keeps the contract or says how it does not.
 *
 * @param exported the module's default export
 * @param about `name`: as it stands in the configuration; `from`: where it was found, for messages
 * @throws ConfigError `job-type/bad-member` naming every member that is missing or wrong
 */
export function adoptJobType(
  exported: unknown,
  about: { readonly name: string; readonly from: string },
): JobType {
  const { name, from } = about;
  const label = `Job type ${name}`;
  const problems = findProblems(exported, name);
  if (problems.length > 0) {
    throw new ConfigError(`${label} (${formatUntrusted(from)}): ${problems.join('; ')}.`, {
      code: 'job-type/bad-member',
      hint: 'Its module must have a job type as its default export: { name, parseSettings, run }. See docs/job-types.md.',
    });
  }
  const outside = exported as Members;
  const { resolveNode, openSuite } = outside;
  return {
    name,
    parseSettings: (raw) => parseOutsideSettings(outside, raw, label),
    ...(resolveNode === undefined ? {} : { resolveNode: resolveNode.bind(outside) }),
    ...(openSuite === undefined ? {} : { openSuite: openSuite.bind(outside) }),
    run: async (job, host) => runOutside(outside, { job, host, label }),
  };
}

function findProblems(exported: unknown, name: string): string[] {
  if (typeof exported !== 'object' || exported === null) {
    return [exported === undefined ? 'has no default export' : 'its default export is no object'];
  }
  const problems: string[] = [];
  const own: unknown = Reflect.get(exported, 'name');
  if (own === undefined) problems.push('has no `name`');
  else if (own !== name) {
    const called = typeof own === 'string' ? `"${formatUntrusted(own)}"` : `a ${typeof own}`;
    problems.push(`its \`name\` is ${called}, and job_types names it "${name}"`);
  }
  for (const member of ['parseSettings', 'run'] as const) {
    const value: unknown = Reflect.get(exported, member);
    if (value === undefined) problems.push(`has no function \`${member}\``);
    else if (typeof value !== 'function') problems.push(`its \`${member}\` is no function`);
  }
  for (const member of OPTIONAL) {
    const value: unknown = Reflect.get(exported, member);
    if (value !== undefined && typeof value !== 'function') problems.push(`its \`${member}\` is no function`);
  }
  return problems;
}

function parseOutsideSettings(outside: Members, raw: unknown, label: string): unknown {
  let settings: unknown;
  try {
    settings = outside.parseSettings(raw);
  } catch (cause) {
    if (cause instanceof TraceyError) throw cause;
    const message = formatThrown(cause).replace(/\.+$/, '');
    throw new ConfigError(`${label}: ${message}.`, {
      code: 'job-type/bad-settings',
      hint: findHint(cause) ?? 'Change job_types[].settings in .tracey.yml, or the flag that sets it.',
      cause,
    });
  }
  if (!isPromise(settings)) return settings;
  settings.then(undefined, () => undefined);
  throw new ConfigError(`${label}: its \`parseSettings\` gives a promise.`, {
    code: 'job-type/bad-member',
    hint: 'It must be synchronous and pure; what takes time belongs into `run`.',
  });
}

async function runOutside(
  outside: Members,
  of: { readonly job: Job<unknown>; readonly host: Host; readonly label: string },
): Promise<JobResult> {
  const { job, host, label } = of;
  const record: Host['record'] = (measurement) => {
    const parsed = measurementSchema.safeParse({
      ...measurement,
      suites: [...(measurement?.suites ?? [])],
      tests: [...(measurement?.tests ?? [])],
    });
    if (!parsed.success) {
      throw createMisfit(label, { what: 'host.record was given a measurement', error: parsed.error });
    }
    host.record(measurement);
  };
  const describe: Host['describe'] = (method) => {
    const parsed = methodSchema.safeParse(method);
    if (!parsed.success) {
      throw createMisfit(label, { what: 'host.describe was given a method', error: parsed.error });
    }
    host.describe(method);
  };
  let result: unknown;
  try {
    result = await outside.run(job, { ...host, describe, record });
  } catch (thrown) {
    throw findExpected(thrown, label) ?? thrown;
  }
  const parsed = resultSchema.safeParse(result);
  if (!parsed.success) throw createMisfit(label, { what: '`run` gave a result', error: parsed.error });
  for (const { name } of parsed.data.files ?? []) checkFileName(name);
  return result as JobResult;
}

/** A failure that the job type expected says so like ours, with a `code` and a `hint`; it has no class of ours. */
function findExpected(thrown: unknown, label: string): JobError | undefined {
  if (thrown instanceof TraceyError || !(thrown instanceof Error)) return undefined;
  const code: unknown = Reflect.get(thrown, 'code');
  const hint = findHint(thrown);
  if (typeof code !== 'string' || hint === undefined) return undefined;
  return new JobError(`${label}: ${thrown.message}`, { code, hint, cause: thrown });
}

function findHint(thrown: unknown): string | undefined {
  const hint: unknown = thrown instanceof Error ? Reflect.get(thrown, 'hint') : undefined;
  return typeof hint === 'string' ? hint : undefined;
}

function createMisfit(
  label: string,
  { what, error }: { readonly what: string; readonly error: z.ZodError },
): JobError {
  const problems = error.issues
    .slice(0, 3)
    .map(({ path, message }) => `${path.length === 0 ? 'it' : path.join('.')}: ${message}`);
  return new JobError(`${label}: ${what} that does not fit: ${problems.join('; ')}.`, {
    code: 'job-type/bad-result',
    hint: 'It is a mistake in the job type; its contract is in docs/job-types.md.',
    cause: error,
  });
}

function isPromise(value: unknown): value is Promise<unknown> {
  return typeof value === 'object' && value !== null && typeof Reflect.get(value, 'then') === 'function';
}
