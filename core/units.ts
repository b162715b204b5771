/**
 * Numbers as a person reads them. Inside, durations are milliseconds, sizes bytes and ratios plain numbers
 * (1 = unchanged); only text is made here.
 */

/** A duration at a glance, in three digits: `0.42 µs`, `1.24 ms`, `3.10 s`, `2 min 05 s`; `–` when there is none. */
export function formatDuration(durationMs: number | null): string {
  if (durationMs === null || !Number.isFinite(durationMs)) return '–';
  if (durationMs < 0) return `-${formatDuration(-durationMs)}`;
  if (durationMs === 0) return '0 ms';
  if (durationMs < 0.9995) return `${formatDigits(durationMs * 1000)} µs`;
  if (durationMs < 999.5) return `${formatDigits(durationMs)} ms`;
  if (durationMs < 59_950) return `${formatDigits(durationMs / 1000)} s`;
  const seconds = Math.round(durationMs / 1000);
  const [minutes, rest] = [Math.floor(seconds / 60), seconds % 60];
  if (minutes < 60) return `${minutes} min ${String(rest).padStart(2, '0')} s`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`;
}

/** A size in powers of 1000: `512 B`, `1.24 MB`; `–` when there is none. */
export function formatBytes(bytes: number | null): string {
  if (bytes === null || !Number.isFinite(bytes)) return '–';
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let [value, unit] = [bytes, 0];
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return unit === 0 ? `${value} B` : `${formatDigits(value)} ${units[unit]}`;
}

/** A ratio of new to old as a signed change: `+12.4 %`, `-3.0 %`, `0.0 %`; from three times on `3.2×`. */
export function formatRatio(ratio: number | null): string {
  if (ratio === null || !Number.isFinite(ratio)) return '–';
  if (ratio >= 3) return `${formatDigits(ratio)}×`;
  const percent = (ratio - 1) * 100;
  const rounded = Math.abs(percent) < 0.05 ? '0.0' : percent.toFixed(1);
  return `${percent >= 0.05 ? '+' : ''}${rounded} %`;
}

/** `1 test`, `2 tests`. */
export function formatCount(count: number, noun: string, plural = `${noun}s`): string {
  return `${count} ${count === 1 ? noun : plural}`;
}

function formatDigits(value: number): string {
  if (value >= 99.95) return value.toFixed(0);
  if (value >= 9.995) return value.toFixed(1);
  return value.toFixed(2);
}
