/** Ids of runs and jobs: `<UTC ms>_<uuid>`, so that they sort by time and never collide. */
import { randomUUID } from 'node:crypto';

export function createRunId(now: Date): string {
  return `${String(now.getTime()).padStart(13, '0')}_${randomUUID()}`;
}
