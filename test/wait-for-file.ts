/** Waiting for a process to say something by writing a file. */
import { existsSync, readFileSync, watch } from 'node:fs';
import { dirname } from 'node:path';

/** Resolves when something has been written into a file; its folder must be there. */
export function waitForFile(file: string): Promise<void> {
  return new Promise((resolve) => {
    const check = () => {
      if (!existsSync(file) || readFileSync(file, 'utf8') === '') return;
      watcher.close();
      resolve();
    };
    const watcher = watch(dirname(file), check);
    check();
  });
}
