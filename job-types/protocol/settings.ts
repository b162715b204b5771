/** The settings of a job type that writes down a protocol. */
import semver from 'semver';
import { parseSettings } from '../../core/config/settings.ts';
import { z } from '../../core/zod.ts';

const settingsSchema = z.strictObject({
  /** From npm, exact or a range; none: the version of the repo. */
  versions: z
    .array(
      z.string().refine((text) => semver.validRange(text) !== null || text === 'latest', {
        error: 'must be a version or a range, e.g. "13.12.1" or "12"',
      }),
    )
    .max(20)
    .default([]),
  deadlineSeconds: z
    .number()
    .positive({ error: 'must be above 0' })
    .max(600, { error: 'must be at most 600' })
    .default(15),
});
export type ProtocolSettings = z.output<typeof settingsSchema>;

/** @throws ConfigError naming the key that does not fit */
export function parseProtocolSettings(raw: unknown, jobType: string): ProtocolSettings {
  return parseSettings(settingsSchema, raw, jobType);
}
