/** What the job types that run a repo's own suite let one choose of it. */
import { ISOLATIONS } from '../core/model.ts';
import { z } from '../core/zod.ts';

export const suiteSettings = {
  /** Rounds through the suite. */
  samples: z.int().min(1).max(1000).default(1),
  isolation: z.enum(ISOLATIONS).default('file'),
  /** Files, folders or globs in place of the repo's own choice. */
  spec: z.array(z.string().min(1)).default([]),
  /** How long one process may take before it is ended. */
  deadlineSeconds: z.number().positive().max(86_400).default(600),
  /** Variables for the tested processes. */
  env: z.record(z.string().regex(/^[A-Za-z_]\w*$/, 'is not the name of a variable'), z.string()).default({}),
};
