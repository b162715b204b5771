/**
 * Puts what the schema has to say into sentences: which key, what it must be, what was found, what to do. It
 * quotes the file, never the content of a variable, and never what may be a secret.
 */
import { distance } from 'fastest-levenshtein';
import type { z } from '../zod.ts';
import { type Entry, findEntryPosition, type YamlTree } from './document.ts';
import { type ConfigProblem, formatKeyPath, formatQuoted, type KeyPath } from './problems.ts';
import { configFileSchema } from './schema.ts';
import { isSecretPath, isSecretText } from './secrets.ts';
import { hasVariable } from './variables.ts';

type Issue = z.core.$ZodIssue;

const TYPE_NAMES: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  boolean: 'true or false',
  array: 'a list',
  object: 'keys and values',
  record: 'keys and values',
};

/** A problem at a key path, placed in the file. */
export function createProblem(
  tree: YamlTree,
  problem: { code: string; path: KeyPath; message: string; hint?: string | null },
): ConfigProblem {
  const { code, path, message, hint = null } = problem;
  return { code, path: formatKeyPath(path), ...findEntryPosition(tree, path), message, hint };
}

/** The problems that one complaint of the schema stands for: one for each unknown key, else just one. */
export function describeIssue(tree: YamlTree, issue: Issue): readonly ConfigProblem[] {
  const path = issue.path as KeyPath;
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => describeUnknownKey(tree, path, key));
  if (issue.code === 'invalid_type') return [describeType(tree, path, issue.expected)];
  const hint =
    issue.code === 'custom' ? ((issue.params?.['hint'] as string | null | undefined) ?? null) : null;
  const message = `${formatKeyPath(path)} ${issue.message}, got ${formatFound(tree, path)}.`;
  return [createProblem(tree, { code: 'config/value', path, message, hint })];
}

/** What stands at a path, as the file has it and fit to be shown: `"daily"`, `0.10`, `a list`. */
export function formatFound(tree: YamlTree, path: KeyPath): string {
  const entry = tree.entries.get(formatKeyPath(path));
  if (entry === undefined || entry.value === null) return 'nothing';
  if (Array.isArray(entry.value)) return entry.value.length === 0 ? 'an empty list' : 'a list';
  if (typeof entry.value === 'object') return 'keys and values';
  const source = entry.source ?? '';
  if (isSecretPath(path) || isSecretText(source)) return 'a value that is not shown';
  if (typeof entry.value !== 'string') return source;
  return hasVariable(source) ? `${formatQuoted(source)}, whose value is not shown` : formatQuoted(source);
}

/** The candidate that `word` was most likely meant to be, or null when none is close. */
export function findNearest(word: string, candidates: readonly string[]): string | null {
  const bare = (text: string) => text.slice(0, 100).toLowerCase().replace(/[_-]/g, '');
  const ranked = candidates
    .map((candidate) => ({ candidate, edits: distance(bare(word), bare(candidate)) }))
    .sort((a, b) => a.edits - b.edits);
  const best = ranked[0];
  return best !== undefined && best.edits <= Math.max(1, Math.round(word.length * 0.35))
    ? best.candidate
    : null;
}

function describeUnknownKey(tree: YamlTree, parent: KeyPath, key: string): ConfigProblem {
  const known = findKnownKeys(parent);
  const nearest = findNearest(key, known);
  const where = parent.length === 0 ? '' : ` in ${formatKeyPath(parent)}`;
  const hint =
    nearest === null ? `Known keys: ${known.join(', ')}.` : `Did you mean ${formatQuoted(nearest)}?`;
  const message = `Unknown key ${formatQuoted(key)}${where}.`;
  return createProblem(tree, { code: 'config/unknown-key', path: [...parent, key], message, hint });
}

function describeType(tree: YamlTree, path: KeyPath, expected: string): ConfigProblem {
  const name = path.length === 0 ? 'The file' : formatKeyPath(path);
  const entry = tree.entries.get(formatKeyPath(path));
  if (entry === undefined || entry.value === null) {
    const message = typeof path.at(-1) === 'number' ? `${name} is empty.` : `${name} is missing.`;
    return createProblem(tree, { code: 'config/missing-key', path, message });
  }
  const reading = describeReading(entry, expected);
  const verb = path.length === 0 ? 'must hold' : 'must be';
  const message = `${name} ${verb} ${TYPE_NAMES[expected] ?? expected}, got ${formatFound(tree, path)}${reading}.`;
  return createProblem(tree, {
    code: 'config/type',
    path,
    message,
    hint: findTypeHint(tree, entry, expected),
  });
}

/** `0.10` is the number 0.1 to YAML: says so where the spelling hides it. */
function describeReading(entry: Entry, expected: string): string {
  const isNumber = expected === 'string' && typeof entry.value === 'number';
  return isNumber && String(entry.value) !== entry.source && !isSecretPath(entry.path)
    ? `, which YAML reads as the number ${entry.value}`
    : '';
}

function findTypeHint(tree: YamlTree, entry: Entry, expected: string): string | null {
  const { value, path } = entry;
  if (expected === 'string' && (typeof value === 'number' || typeof value === 'boolean')) {
    return isSecretPath(path) ? 'Put it in quotes.' : `Put it in quotes: "${formatFound(tree, path)}".`;
  }
  if (expected === 'array' && typeof value !== 'object')
    return 'Write each item on a line of its own after "- ".';
  if (typeof value !== 'string') return null;
  if (hasVariable(value)) return 'A variable can only stand for text.';
  const number = /^\s*(\d+(?:\.\d+)?)\s*%?\s*$/.exec(value)?.[1];
  if (expected === 'number' && number !== undefined) return `Write ${number}, without quotes or sign.`;
  if (expected === 'boolean' && /^(yes|on|true|1)$/i.test(value)) return 'Write true, without quotes.';
  if (expected === 'boolean' && /^(no|off|false|0)$/i.test(value)) return 'Write false, without quotes.';
  return null;
}

/** The keys that the schema knows at a path, without those that are only tolerated. */
function findKnownKeys(path: KeyPath): readonly string[] {
  let type: unknown = configFileSchema;
  for (const part of path) {
    const bare = unwrap(type);
    type = typeof part === 'number' ? (bare as z.ZodArray).element : (bare as z.ZodObject).shape[part];
  }
  const shape = (unwrap(type) as z.ZodObject).shape as Record<string, z.ZodType>;
  return Object.keys(shape).filter((key) => shape[key]?.meta()?.['deprecated'] !== true);
}

function unwrap(type: unknown): unknown {
  const def = (type as z.ZodType).def;
  return def.type === 'optional' || def.type === 'nullable'
    ? unwrap((type as z.ZodOptional | z.ZodNullable).unwrap())
    : type;
}
