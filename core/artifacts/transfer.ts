/** How a transfer goes, in words. */
import { performance } from 'node:perf_hooks';
import { formatBytes } from '../units.ts';

/** Tells `fetched 12.4 MB, 8.10 MB/s`. */
export function createTransferTeller(
  verb: string,
  tell: ((text: string) => void) | undefined,
): (bytes: number) => void {
  const startedMs = performance.now();
  return (bytes) => {
    const rate = (bytes * 1000) / Math.max(performance.now() - startedMs, 1);
    tell?.(`${verb} ${formatBytes(bytes)}, ${formatBytes(Math.round(rate))}/s`);
  };
}
