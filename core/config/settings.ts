/**
 * A job type's own settings, checked against its schema with the same care as the rest of the file: every
 * problem at once, unknown keys with the nearest known one. For job types to call from `parseSettings`.
 */
import { ConfigError } from '../errors.ts';
import type { z } from '../zod.ts';
import { findNearest } from './describe.ts';
import { formatKeyPath, formatQuoted } from './problems.ts';

/**
 * Parses `settings` with a job type's schema.
 *
 * @param jobType its name, for messages
 * @throws ConfigError `config/bad-settings` naming each key that does not fit
 */
export function parseSettings<Schema extends z.ZodObject>(
  schema: Schema,
  raw: unknown,
  jobType: string,
): z.output<Schema> {
  const parsed = schema.safeParse(raw ?? {});
  if (parsed.success) return parsed.data;
  const known = Object.keys(schema.shape);
  const problems = parsed.error.issues.flatMap((issue) => {
    if (issue.code !== 'unrecognized_keys') {
      const key = formatKeyPath(['settings', ...issue.path.filter((part) => typeof part !== 'symbol')]);
      return [`${key}: ${issue.message}`];
    }
    return issue.keys.map((key) => {
      const nearest = findNearest(key, known);
      const advice =
        nearest === null ? `known keys: ${known.join(', ')}` : `did you mean ${formatQuoted(nearest)}?`;
      return `settings: unknown key ${formatQuoted(key)}; ${advice}`;
    });
  });
  throw new ConfigError(`Job type ${jobType}: ${problems.join('\n  ')}.`, {
    code: 'config/bad-settings',
    hint: 'Change job_types[].settings in .tracey.yml, or the flag that sets it.',
    cause: parsed.error,
  });
}
