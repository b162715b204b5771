/**
 * What tells one body of a test from another: a hash of its function's text, which changes with the code and not with
 * how it is laid out. What a body calls is none of it; the fingerprint of the file says that.
 */
import { hash as digest } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { BODY_DIGITS } from '../model.ts';

/** Counters that coverage tools (Istanbul) put between statements, numbered through the whole file. */
const COVERAGE = /\/\*\s*istanbul[^*]*\*\/|\bcov_\w+(\(\))?(\.[sfb](\[\d+\])+)\+\+[;,]?/g;

/** Names that Babel makes, numbered through the whole file: `_callee3`, `_chai2`. */
const NUMBERED = /\b(_[A-Za-z]+)\d+\b/g;

/** Bound functions and those of Node itself have no text of their own. */
const NATIVE = /\{\s*\[native code\]\s*\}\s*$/;

/** A hash of the text of a function: {@link BODY_DIGITS} hexadecimal digits; null when it is no text of its own. */
export function computeBodyHash(text: string): string | null {
  if (NATIVE.test(text)) return null;
  return hash(text.replace(COVERAGE, '').replace(NUMBERED, '$1').replace(/\s+/g, ''));
}

/** Hashes a whole test file, for tests whose functions have no text: only when it changes may they have. */
export function readFileHash(file: string): string | null {
  try {
    return hash(readFileSync(file));
  } catch {
    // Gone again, or unreadable: then nothing is known.
    return null;
  }
}

function hash(content: string | Buffer): string {
  return digest('sha256', content, 'hex').slice(0, BODY_DIGITS);
}
