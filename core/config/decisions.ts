/**
 * `.tracey-changes.yml`: what a repo has decided about changes of its tests, where it is reviewed like everything else.
 * Pure, from text and to text.
 */
import { Document, isMap, isSeq, parseDocument } from 'yaml';
import { formatUntrusted } from '../text.ts';
import { z } from '../zod.ts';
import { createProblem, formatFound } from './describe.ts';
import { parseYaml } from './document.ts';
import { ConfigFileError, type ConfigProblem, formatKeyPath, type KeyPath } from './problems.ts';

export const DECISIONS_FILE = '.tracey-changes.yml';

/** What a person can say of a change. */
export const DECISION_STATES = ['acknowledged', 'expected', 'fixed'] as const;

const text = z.string().min(1, { error: 'must not be empty' });

const decisionSchema = z.strictObject({
  test: text,
  commit: z
    .string()
    .regex(/^[0-9a-f]{7,64}$/, { error: "must be a commit's SHA, or its first seven digits or more" })
    .nullish(),
  node: text.nullish(),
  state: z.enum(DECISION_STATES, { error: `must be ${DECISION_STATES.join(', ')}` }),
  reason: text,
});

const fileSchema = z.strictObject({ changes: z.array(decisionSchema).nullish() });

export interface Decision {
  /** `test/app.js > app > works`, with `*` for any characters; `total`. */
  readonly test: string;
  /** The commit that the change begins with, or the beginning of its SHA; null: any. */
  readonly commit: string | null;
  /** Node line; null: any. */
  readonly node: string | null;
  readonly state: (typeof DECISION_STATES)[number];
  readonly reason: string;
}

/**
 * The decisions of a file, in its order.
 *
 * @param file what messages call it
 * @throws ConfigFileError with every problem of it
 */
export function parseDecisions(text: string, file: string): Decision[] {
  const { tree, problems } = parseYaml(text);
  if (problems.length > 0) throw new ConfigFileError(file, problems);
  const parsed = fileSchema.safeParse(tree.value ?? {});
  if (!parsed.success) {
    throw new ConfigFileError(
      file,
      parsed.error.issues.flatMap((issue): ConfigProblem[] => {
        const path = issue.path as KeyPath;
        if (issue.code !== 'unrecognized_keys') {
          const what =
            issue.code === 'invalid_type'
              ? `must be ${TYPES[issue.expected] ?? issue.expected}`
              : issue.message;
          const message = `${formatKeyPath(path) || 'The file'} ${what}, got ${formatFound(tree, path)}.`;
          return [createProblem(tree, { code: 'decisions/value', path, message, hint: HINT })];
        }
        return issue.keys.map((key) => {
          const message = `${formatKeyPath([...path, key])} is not known.`;
          return createProblem(tree, {
            code: 'decisions/unknown-key',
            path: [...path, key],
            message,
            hint: HINT,
          });
        });
      }),
    );
  }
  return (parsed.data.changes ?? []).map(({ test, commit, node, state, reason }) => ({
    test,
    commit: commit ?? null,
    node: node ?? null,
    state,
    reason,
  }));
}

const TYPES: Readonly<Record<string, string>> = {
  string: 'text',
  array: 'a list',
  object: 'keys and values',
};
const HINT = 'An entry of changes has test, state and reason, and may have commit and node.';

const HEAD = ` What is known about changes of these tests, for Tracey: docs/triage.md of it has the keys.`;

/**
 * The text of a file with one more decision at its end; comments and what else is there stay.
 *
 * @param text of the file; empty when there is none
 */
export function addDecision(text: string, { test, commit, node, state, reason }: Decision): string {
  const document = text.trim() === '' ? new Document({ changes: [] }) : parseDocument(text);
  if (text.trim() === '') document.commentBefore = HEAD;
  if (!isMap(document.contents)) document.contents = document.createNode({ changes: [] }) as never;
  if (!isSeq(document.get('changes'))) document.set('changes', document.createNode([]));
  document.addIn(['changes'], {
    test: formatUntrusted(test),
    ...(commit === null ? {} : { commit }),
    ...(node === null ? {} : { node }),
    state,
    reason,
  });
  return document.toString({ lineWidth: 0 });
}

/** Whether a text fits a pattern in which `*` stands for any characters, and everything else for itself. */
export function matchesPattern(text: string, pattern: string): boolean {
  const parts = pattern.split('*');
  const [first = '', ...rest] = parts;
  if (rest.length === 0) return text === pattern;
  if (!text.startsWith(first)) return false;
  let at = first.length;
  for (const [index, part] of rest.entries()) {
    if (index === rest.length - 1) return text.length - part.length >= at && text.endsWith(part);
    const found = text.indexOf(part, at);
    if (found === -1) return false;
    at = found + part.length;
  }
  return true;
}
