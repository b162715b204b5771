/**
 * What the pages may load and do: their own files and data, and nothing else. As a meta element, and as a header.
 */
import { createHash } from 'node:crypto';

/** `scripts` are those that lie in the page itself, letter by letter; all others are files of the site. */
export function formatPolicy(scripts: readonly string[] = []): string {
  const allowed = scripts.map(
    (script) => ` 'sha256-${createHash('sha256').update(script).digest('base64')}'`,
  );
  return [
    "default-src 'none'",
    `script-src 'self'${allowed.join('')}`,
    "style-src 'self'",
    "font-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; ');
}
