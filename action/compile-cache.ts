/**
 * Keeps what Node has compiled of Tracey itself from one start to the next, beside what else can be fetched again.
 * It must come first: what is loaded before it is compiled anew each time.
 */
import { enableCompileCache } from 'node:module';
import { join } from 'node:path';
import { computeCacheFolder } from './environment.ts';

/** Switches the cache on; without it, or a folder that can be written, everything works and starts slower. */
export function keepCompiled(process: Pick<NodeJS.Process, 'env'>): void {
  enableCompileCache(join(computeCacheFolder(process), 'compile'));
}
