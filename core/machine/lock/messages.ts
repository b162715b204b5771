/**
 * What the holder of the machine and those who wait say to each other: one line of JSON at a time. Anybody on the
 * machine can speak here, so every line is bounded, checked, and cleaned before it is shown.
 */
import { z } from '../../zod.ts';

/** Who has the machine. From another process: its own word, not proven. */
export interface LockHolder {
  readonly pid: number;
  /** What it is doing, one line. */
  readonly job: string;
  /** Since when, UTC ISO 8601. */
  readonly since: string;
}

/** The longest line, in UTF-16 units; a job's text is far shorter. */
export const LINE_LIMIT = 2048;
const JOB_LIMIT = 200;

const announcementSchema = z.object({
  pid: z.int().positive(),
  job: z.string(),
  since: z.iso.datetime(),
  ahead: z.int().nonnegative(),
});

/** The holder's line: itself, and how many others are ahead of the one it speaks to. */
export interface Announcement {
  readonly holder: LockHolder;
  readonly ahead: number;
}

const arrivalSchema = z.object({ arrivedAt: z.number().nonnegative() });

/** One printable line of at most 200 characters: no control characters, none that reorder or hide text. */
export function cleanJob(job: string): string {
  const clean = job.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\s]+/gu, ' ').trim();
  const characters = [...clean];
  return characters.length <= JOB_LIMIT ? clean : `${characters.slice(0, JOB_LIMIT - 1).join('')}…`;
}

/** `process 4711 (happner/happn-3 at 1a2b3c4) since 2026-01-02T03:04:05.678Z`. */
export function formatHolder({ pid, job, since }: LockHolder): string {
  return `process ${pid}${job === '' ? '' : ` (${job})`} since ${since}`;
}

export function formatAnnouncement({ holder, ahead }: Announcement): string {
  return `${JSON.stringify({ ...holder, ahead })}\n`;
}

/** Null for anything that is not an announcement. */
export function parseAnnouncement(line: string): Announcement | null {
  const parsed = announcementSchema.safeParse(parseJson(line));
  if (!parsed.success) return null;
  const { pid, job, since, ahead } = parsed.data;
  return { holder: { pid, job: cleanJob(job), since }, ahead };
}

export function formatArrival(arrivedAt: number): string {
  return `${JSON.stringify({ arrivedAt })}\n`;
}

/** When the other came to wait, on the machine's monotonic clock in ms; null for anything else. */
export function parseArrival(line: string): number | null {
  const parsed = arrivalSchema.safeParse(parseJson(line));
  return parsed.success ? parsed.data.arrivedAt : null;
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
