/**
 * Puts environment variables in the place of `${NAME}` within text values; `$${` stands for a plain `${`.
 * Keys are never touched, what a variable holds is never expanded again, and no value is ever reported.
 */
import type { KeyPath } from './problems.ts';

/** What the process was started with, passed in by whoever may read it. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** A `${…}` that could not be replaced. */
export interface UnresolvedVariable {
  readonly path: KeyPath;
  /**
   * `missing`: not set; `empty`: set to nothing, as CI does with an unknown secret; `malformed`: no such name;
   * `refused`: a secret that has no business in this place.
   */
  readonly reason: 'missing' | 'empty' | 'malformed' | 'refused';
  /** What stands between the braces. */
  readonly name: string;
}

/** The expanded value, and what in it could not be. */
export interface Expansion {
  readonly value: unknown;
  readonly unresolved: readonly UnresolvedVariable[];
}

const PLACEHOLDER = /\$\$\{|\$\{([^}]*)(\})?/g;
const VARIABLE_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** Replaces variables throughout a tree of plain values; a text that cannot be replaced stays as it is. */
export function computeExpansion(value: unknown, environment: Environment): Expansion {
  const unresolved: UnresolvedVariable[] = [];

  const expandText = (text: string, path: KeyPath): string =>
    text.replace(PLACEHOLDER, (placeholder: string, name: string | undefined, end: string | undefined) => {
      if (name === undefined) return '${';
      if (isRefused(name, path)) {
        unresolved.push({ path, reason: 'refused', name });
        return placeholder;
      }
      const held = Object.hasOwn(environment, name) ? environment[name] : undefined;
      if (held !== undefined && held !== '' && end !== undefined) return held;
      const reason = findReason(end === undefined ? '' : name, held);
      unresolved.push({ path, reason, name });
      return placeholder;
    });

  const expand = (node: unknown, path: KeyPath): unknown => {
    if (typeof node === 'string') return expandText(node, path);
    if (Array.isArray(node)) return node.map((item, index) => expand(item, [...path, index]));
    if (typeof node !== 'object' || node === null) return node;
    return Object.fromEntries(Object.entries(node).map(([key, item]) => [key, expand(item, [...path, key])]));
  };

  return { value: expand(value, []), unresolved };
}

/** Text that comes out of the expansion as it went in. */
export function formatLiteral(text: string): string {
  return text.replaceAll('${', '$$${');
}

/** True when a text holds a variable. */
export function hasVariable(text: string): boolean {
  return [...text.matchAll(PLACEHOLDER)].some((match) => match[1] !== undefined);
}

/** What the runner gives to steps of its own; the file is written by whoever wrote the measured commit. */
const RUNNERS_OWN = /^(ACTIONS|INPUT|STATE)_/i;

/** What is for Tracey alone. */
const OURS = /^(GITHUB_TOKEN|GH_TOKEN|(IPFS|SMTP|TRACEY)_\w*)$/i;

/** Settings of job types reach tested processes, which no secret may. */
function isRefused(name: string, path: KeyPath): boolean {
  return RUNNERS_OWN.test(name) || (path[0] === 'job_types' && OURS.test(name));
}

function findReason(name: string, held: string | undefined): UnresolvedVariable['reason'] {
  if (!VARIABLE_NAME.test(name)) return 'malformed';
  return held === undefined ? 'missing' : 'empty';
}
