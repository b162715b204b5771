/**
 * Tells what in a configuration must never be shown: by the name of its key, or by its looks. It errs on the
 * side of silence.
 */
import type { KeyPath } from './problems.ts';

const SECRET_KEY = /token|secret|passw|api[_-]?key|private[_-]?key|credential/i;

/** GitHub's own tokens, and addresses with a password in them. */
const SECRET_TEXT = /\bgh[pousr]_[A-Za-z0-9]{10,}|\bgithub_pat_[A-Za-z0-9_]{10,}|:\/\/[^/\s:@]*:[^/\s@]+@/;

/** True when the key, or a key it lies under, is named like a secret: `token`, `smtpPassword`, `api_key`. */
export function isSecretPath(path: KeyPath): boolean {
  return path.some((part) => typeof part === 'string' && SECRET_KEY.test(part));
}

/** True when the text itself is a secret wherever it stands. */
export function isSecretText(text: string): boolean {
  return SECRET_TEXT.test(text);
}
