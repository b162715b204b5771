/** Notices that something was written to a database, whoever did it. */
import { watch } from 'node:fs';
import { basename, dirname } from 'node:path';

/** A run is written in one transaction, whose files change several times. */
const QUIET_MS = 300;

/** Calls `onChange` some moments after a change to the file or its log, once for changes in a row; until `signal`. */
export function watchDatabase(file: string, onChange: () => void, signal: AbortSignal): void {
  const names = new Set([basename(file), `${basename(file)}-wal`]);
  let timer: NodeJS.Timeout | undefined;
  const watcher = watch(dirname(file), { signal }, (_event, name) => {
    if (name === null || !names.has(name)) return;
    clearTimeout(timer);
    timer = setTimeout(onChange, QUIET_MS);
  });
  signal.addEventListener('abort', () => clearTimeout(timer), { once: true });
  // Without it the site shows what was there at the start.
  watcher.on('error', () => watcher.close());
}
