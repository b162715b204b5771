/** Times of day and spans as a person reads them. Pure: whoever calls says what time it is. */
import { keepTogether } from './figures.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** `2026-03-09`, in UTC as everywhere in Tracey. */
export function formatDate(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}

/** `2026-03-09 14:05 UTC`. */
export function formatTime(ms: number): string {
  return `${formatDate(ms)} ${keepTogether(`${new Date(ms).toISOString().slice(11, 16)} UTC`)}`;
}

/** `just now`, `5 min ago`, `3 h ago`, `12 days ago`, `4 months ago`; `in 2 h` for what is to come. */
export function formatAgo(ms: number, nowMs: number): string {
  const span = nowMs - ms;
  if (Math.abs(span) < MINUTE) return 'just now';
  return span > 0 ? `${formatSpan(span)} ago` : `in ${formatSpan(-span)}`;
}

/** A span in its largest unit: `45 s`, `5 min`, `3 h`, `12 days`, `4 months`, `2 years`. */
export function formatSpan(ms: number): string {
  return keepTogether(formatLargest(ms));
}

function formatLargest(ms: number): string {
  if (ms < MINUTE) return `${Math.round(ms / 1000)} s`;
  if (ms < HOUR) return `${Math.round(ms / MINUTE)} min`;
  if (ms < 2 * DAY) return `${Math.round(ms / HOUR)} h`;
  if (ms < 60 * DAY) return `${Math.round(ms / DAY)} days`;
  if (ms < 730 * DAY) return `${Math.round(ms / (30.4 * DAY))} months`;
  return `${Math.round(ms / (365.25 * DAY))} years`;
}
