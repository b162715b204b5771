/**
 * Reads the small text files in which a kernel tells about itself. Whatever cannot be read or makes no sense is
 * null, since a machine without a fact is still a machine; nothing here throws.
 */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** Where the kernel's files lie; anywhere else for a test. */
export interface MachineRoots {
  readonly proc: string;
  readonly sys: string;
  readonly etc: string;
}

export const MACHINE_ROOTS: MachineRoots = { proc: '/proc', sys: '/sys', etc: '/etc' };

/** The file's text; null when it cannot be read. */
export function findText(root: string, file: string): string | null {
  try {
    return readFileSync(path.join(root, file), 'utf8');
  } catch {
    return null;
  }
}

/** The number in the first group of `pattern`; null unless it is finite and not negative. */
export function findNumber(root: string, file: string, pattern: RegExp): number | null {
  const text = findText(root, file)?.match(pattern)?.[1];
  if (text === undefined || !/^\d+(\.\d+)?$/.test(text)) return null;
  const value = Number(text);
  return Number.isFinite(value) ? value : null;
}

/** Names in a folder; none when it cannot be read. */
export function listNames(root: string, folder: string): readonly string[] {
  try {
    return readdirSync(path.join(root, folder));
  } catch {
    return [];
  }
}

/** A name as one line of printable text, at most 120 characters; null when nothing is left of it. */
export function cleanName(name: string | null | undefined): string | null {
  const clean = (name ?? '').replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, ' ').trim();
  return clean === '' ? null : clean.slice(0, 120);
}
