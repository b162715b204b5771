/**
 * What a usable `.tracey.yml` should be told about all the same: keys that GitHub Actions made unnecessary,
 * secrets in plain text, values that are probably not meant. Nothing here stops a job.
 */
import { isKeys, listItems } from './checks.ts';
import { findJobTypeName } from './config.ts';
import { findEntryPosition, type YamlTree } from './document.ts';
import { formatKeyPath, formatQuoted, type KeyPath } from './problems.ts';
import { isSecretPath, isSecretText } from './secrets.ts';
import { hasVariable, type UnresolvedVariable } from './variables.ts';

/** A remark on a file that can be used. */
export interface ConfigNote {
  /** `warning` asks for a change; `info` explains. */
  readonly severity: 'info' | 'warning';
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
  /** `github.secret`. */
  readonly path: string;
  /** What is remarkable and what to do, a sentence or two; never holds a secret. */
  readonly message: string;
}

/** One note on one line, like a problem: `file:line:column: severity: message`. */
export function formatNote(file: string, note: ConfigNote): string {
  return `${file}:${note.line}:${note.column}: ${note.severity}: ${note.message}`;
}

/** Keys of the ancestor that are read no more, and what took their place. */
const REPLACED: readonly (readonly [path: readonly string[], message: string])[] = [
  [
    ['queue'],
    "is not used: GitHub Actions queues the jobs (see `concurrency` in the workflow), and the machine's lock runs one at a time.",
  ],
  [['url'], 'is not used: no webhooks are received; what people look at is the address of the dashboard.'],
  [['github', 'secret'], "is not used: the workflow's triggers took the place of webhooks."],
  [['github', 'user', 'secret'], "is not used: the workflow's triggers took the place of webhooks."],
  [['github', 'user', 'token'], 'is read, but its place is now github.token.'],
  [['github', 'user', 'name'], 'is not used: nothing is committed under a name of its own.'],
  [['github', 'user', 'email'], 'is not used: nothing is committed under a name of its own.'],
  [['benchmarket'], 'is not used: results are kept in a SQLite database of your own.'],
];

/** All notes on a file without problems, in the file's order. */
export function findNotes(tree: YamlTree, knownJobTypes: readonly string[]): readonly ConfigNote[] {
  const notes = [
    ...findReplaced(tree),
    ...findPlainSecrets(tree),
    ...findJobTypeNotes(tree, knownJobTypes),
    ...findNotifyNotes(tree),
  ];
  return notes.toSorted((a, b) => a.line - b.line || a.column - b.column);
}

/** A note for a variable that is not there, for a check on a machine that has no secrets. */
export function createVariableNote(tree: YamlTree, variable: UnresolvedVariable): ConfigNote {
  const name = formatQuoted(variable.name).slice(1, -1);
  const text = `needs the environment variable ${name}, which is ${variable.reason === 'empty' ? 'empty' : 'not set'} here.`;
  return createNote(tree, 'info', variable.path, text);
}

function findReplaced(tree: YamlTree): readonly ConfigNote[] {
  return REPLACED.filter(([path]) => (tree.entries.get(formatKeyPath(path))?.value ?? null) !== null).map(
    ([path, message]) => createNote(tree, 'info', path, message),
  );
}

function findPlainSecrets(tree: YamlTree): readonly ConfigNote[] {
  const notes: ConfigNote[] = [];
  for (const { path, value, source } of tree.entries.values()) {
    const isText = (typeof value === 'string' || typeof value === 'number') && value !== '';
    if (!isText || source === null || hasVariable(source)) continue;
    if (!isSecretPath(path) && !isSecretText(source)) continue;
    const example = `\${${computeVariableName(path)}}`;
    const text = isUnused(path)
      ? 'holds a secret in plain text that nothing uses. Remove it, and replace the secret if others can read this file.'
      : `holds a secret in plain text. Name an environment variable instead, e.g. "${example}", and replace the secret if others can read this file.`;
    notes.push(createNote(tree, 'warning', path, text));
  }
  return notes;
}

function findJobTypeNotes(tree: YamlTree, known: readonly string[]): readonly ConfigNote[] {
  const notes: ConfigNote[] = [];
  const findRenamed = (path: KeyPath, name: unknown) => {
    if (typeof name !== 'string') return;
    const builtIn = findJobTypeName(name, known);
    if (builtIn !== name)
      notes.push(createNote(tree, 'info', path, `is read as "${builtIn}", its name now.`));
  };
  for (const { index, item } of listItems(tree.value, 'job_types')) {
    findRenamed(['job_types', index, 'name'], item['name']);
    const isBuiltIn =
      typeof item['name'] === 'string' && known.includes(findJobTypeName(item['name'], known));
    if (isBuiltIn && typeof item['path'] === 'string') {
      const text = 'is not used: this job type is built in.';
      notes.push(createNote(tree, 'info', ['job_types', index, 'path'], text));
    }
  }
  for (const { index, item } of listItems(tree.value, 'repos')) {
    findRenamed(['repos', index, 'job_type'], item['job_type']);
  }
  return notes;
}

function findNotifyNotes(tree: YamlTree): readonly ConfigNote[] {
  const notes: ConfigNote[] = [];
  const notify = isKeys(tree.value) ? tree.value['notify'] : null;
  if (!isKeys(notify)) return notes;
  const { recipients, smtp, threshold } = notify;
  if (Array.isArray(recipients) && recipients.length > 0 && (smtp ?? null) === null) {
    const text = 'are set without notify.smtp: this file names no mail server to send the mails.';
    notes.push(createNote(tree, 'info', ['notify', 'recipients'], text));
  }
  if (typeof threshold === 'number' && threshold < 1) {
    const text = `means ${threshold} percent. For ${Number((threshold * 100).toPrecision(6))} percent write ${Number((threshold * 100).toPrecision(6))}.`;
    notes.push(createNote(tree, 'warning', ['notify', 'threshold'], text));
  }
  return notes;
}

function createNote(tree: YamlTree, severity: 'info' | 'warning', path: KeyPath, text: string): ConfigNote {
  const key = formatKeyPath(path);
  return { severity, ...findEntryPosition(tree, path), path: key, message: `${key} ${text}` };
}

/** True below a key that is read no more. */
function isUnused(path: KeyPath): boolean {
  return REPLACED.some(
    ([unused, message]) => message.startsWith('is not used') && unused.every((key, i) => path[i] === key),
  );
}

/** `notify.smtp.password` → `SMTP_PASSWORD`: the last two keys. */
function computeVariableName(path: KeyPath): string {
  const keys = path.filter((part) => typeof part === 'string').slice(-2);
  const name = keys
    .join('_')
    .toUpperCase()
    .replace(/[^A-Z0-9]+/g, '_');
  return /^[A-Z]\w{0,40}$/.test(name) ? name : 'SECRET';
}
