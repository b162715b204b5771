/**
 * Keeps V8 from growing the room for young objects: what is read from tested processes and out of histories is
 * short-lived, and room that has grown stays, which is a hundred megabytes on devices that have few.
 */
import { setFlagsFromString } from 'node:v8';

/** To be called as the process starts; on the command line of Node the flag does nothing. */
export function boundYoungGeneration(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
}
