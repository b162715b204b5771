/** The settings of `performance-tracker`, as they stand under `job_types[].settings`. */
import { parseSettings } from '../../core/config/settings.ts';
import { PULLS } from '../../core/measure/containers/image.ts';
import { z } from '../../core/zod.ts';
import { suiteSettings } from '../suite-settings.ts';

export const NAME = 'performance-tracker';

const UNITS: Readonly<Record<string, number>> = { '': 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3 };
/** A Node does not start in less. */
const LEAST_MEMORY = 64 * 1024 ** 2;
const LEAST_DISK = 1024 ** 2;

/** A number of bytes, or one with a unit as Docker writes it: `512m`, `2g`. */
function size(least: number) {
  return z.union([z.int(), z.string()]).transform((given, context) => {
    const found = /^(\d+(?:\.\d+)?)\s*([kmg]?)(?:i?b)?$/i.exec(String(given));
    const bytes = Math.floor(Number(found?.[1]) * (UNITS[found?.[2]?.toLowerCase() ?? ''] ?? Number.NaN));
    if (Number.isSafeInteger(bytes) && bytes >= least) return bytes;
    const what = Number.isSafeInteger(bytes) ? `must be at least ${least / 1024 ** 2}m` : 'must be a size';
    context.addIssue({ code: 'custom', message: `${what}, got ${JSON.stringify(given)}; for example 2g` });
    return z.NEVER;
  });
}

/** A network that an engine may have. */
const network = z.string().regex(/^[a-zA-Z0-9][\w.-]*$/, 'must be none, bridge, or the name of a network');

const installSchema = z.strictObject({
  command: z.string().min(1).nullable().default(null),
  network: network.default('bridge'),
  env: suiteSettings.env,
});

const settingsSchema = z.strictObject({
  ...suiteSettings,
  /** The image for each Node version. */
  image: z
    .string()
    .regex(/^[\w./:@{}-]+$/, 'must be the name of an image, such as node:{version}')
    .default('node:{version}'),
  /** The network that tests have. */
  network: network
    .refine((name) => name !== 'host', 'must not be host: tests would reach whatever listens on this machine')
    .default('none'),
  /** CPUs that the container may use, as the kernel lists them. */
  cpus: z
    .union([
      z.int().min(0).transform(String),
      z.string().regex(/^\d+(-\d+)?(,\d+(-\d+)?)*$/, 'must be a list of CPUs, such as 1 or 2-3,5'),
    ])
    .nullable()
    .default(null),
  /** Memory, what tests write included; null: three quarters of the machine's. */
  memory: size(LEAST_MEMORY).nullable().default(null),
  /** How much tests may write. */
  disk: size(LEAST_DISK).default(1024 ** 3),
  /** Processes and threads at a time. */
  pids: z.int().min(16).max(1_000_000).default(1024),
  /** As whom tests run: `uid:gid`, or a user of the image; null: as Tracey itself, or 1000:1000 when that is root. */
  user: z
    .union([
      z.int().min(0).transform(String),
      z.string().regex(/^[\w.-]+(:[\w.-]+)?$/, 'must be a user, such as 1000:1000 or node'),
    ])
    .nullable()
    .default(null),
  pull: z.enum(PULLS).default('missing'),
  /** The engine's socket; null: DOCKER_HOST, else Docker's own. */
  socket: z.string().min(1).nullable().default(null),
  /** How dependencies are installed inside, where they are not there: by the repo's package manager, or a command. */
  install: z
    .union([
      z
        .string()
        .min(1)
        .transform((command) => installSchema.parse({ command })),
      installSchema,
    ])
    .prefault({}),
});
export type Settings = z.output<typeof settingsSchema>;

/** @throws ConfigError naming the key that does not fit */
export function parseTrackerSettings(raw: unknown): Settings {
  return parseSettings(settingsSchema, raw, NAME);
}
