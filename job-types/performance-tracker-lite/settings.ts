/** The settings of `performance-tracker-lite`, as they stand under `job_types[].settings`. */
import { parseSettings } from '../../core/config/settings.ts';
import { z } from '../../core/zod.ts';
import { suiteSettings } from '../suite-settings.ts';

export const NAME = 'performance-tracker-lite';

const settingsSchema = z.strictObject(suiteSettings);
export type Settings = z.output<typeof settingsSchema>;

/** @throws ConfigError naming the key that does not fit */
export function parseLiteSettings(raw: unknown): Settings {
  return parseSettings(settingsSchema, raw, NAME);
}
