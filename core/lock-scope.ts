/**
 * Whose something on the disk is, when it may outlive its job: the scope of the lock that the job held, and the start of
 * the machine, after which nobody holds it any more. Whoever cleans up asks here.
 */
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';

/** A lock's scope, and since when it has been one: the same name may mean something else after a start of the machine. */
export function formatScope(lockScope: string): string {
  return `${lockScope}\n${hostname()} ${readBootId()}\n`;
}

/** Whether the job of this note cannot be at work any more, for whoever holds the lock. */
export function isScopeOver(note: string, lockScope: string): boolean {
  const [scope, start = ''] = note.split('\n');
  if (scope === lockScope) return true;
  const [host, bootId] = start.split(' ');
  return host === hostname() && bootId !== '' && bootId !== readBootId();
}

/** Names this start of the machine; empty where the kernel does not say. */
function readBootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return '';
  }
}
