/**
 * What is different between two protocols: steps, messages, and fields of messages that are in both, in both directions.
 * Messages are paired by what they are and by their order, so that one more of them does not shift the rest. Pure.
 */
import type { ProtocolFamily } from './family.ts';
import type { Protocol, ProtocolMessage, ProtocolStep } from './protocol-file.ts';

/** A field of a message: `data.address.port`. What is in both has a before and an after. */
export interface FieldChange {
  readonly path: string;
  readonly kind: 'added' | 'removed' | 'changed';
  readonly before?: unknown;
  readonly after?: unknown;
}

export type MessageChange =
  | { readonly kind: 'added' | 'removed'; readonly message: ProtocolMessage; readonly what: string }
  | {
      readonly kind: 'changed';
      readonly message: ProtocolMessage;
      readonly what: string;
      readonly fields: readonly FieldChange[];
    };

export interface StepChange {
  readonly name: string;
  readonly title: string;
  /** `added`, `removed`: one version has no such step, or leaves it out. */
  readonly kind: 'added' | 'removed' | 'changed';
  readonly messages: readonly MessageChange[];
}

export interface ProtocolChange {
  readonly before: Protocol;
  readonly after: Protocol;
  readonly steps: readonly StepChange[];
  /** Steps that are the same in both. */
  readonly sameCount: number;
}

export function compareProtocols(
  before: Protocol,
  after: Protocol,
  { describeMessage }: Pick<ProtocolFamily, 'describeMessage'>,
): ProtocolChange {
  const name = (message: ProtocolMessage) => nameMessage(message, describeMessage);
  const steps: StepChange[] = [];
  let sameCount = 0;
  for (const step of listBoth(before, after)) {
    const [one, other] = [findDone(before, step.name), findDone(after, step.name)];
    if (one === undefined && other === undefined) continue;
    const messages = compareMessages(one?.messages ?? [], other?.messages ?? [], name);
    const kind = one === undefined ? 'added' : other === undefined ? 'removed' : 'changed';
    if (kind === 'changed' && messages.length === 0) sameCount += 1;
    else steps.push({ name: step.name, title: step.title, kind, messages });
  }
  return { before, after, steps, sameCount };
}

/** Steps in the order of the later version; what it has no more comes where it was. */
function listBoth(before: Protocol, after: Protocol): ProtocolStep[] {
  const steps = [...after.steps];
  before.steps.forEach((step, index) => {
    if (!steps.some(({ name }) => name === step.name)) steps.splice(index, 0, step);
  });
  return steps;
}

function findDone({ steps }: Protocol, name: string): ProtocolStep | undefined {
  return steps.find((step) => step.name === name && step.leftOut === undefined);
}

/** What a message is, in a few words that are the same in every version. */
function nameMessage(message: ProtocolMessage, describe: ProtocolFamily['describeMessage']): string {
  if (message.kind === 'message') return describe(message.body) ?? 'message';
  if (message.kind === 'request') return 'request of the connection';
  if (message.kind === 'answer') return 'answer to that request';
  return message.kind === 'close' ? 'end of the connection' : 'binary data';
}

type Name = (message: ProtocolMessage) => string;

function compareMessages(
  before: readonly ProtocolMessage[],
  after: readonly ProtocolMessage[],
  name: Name,
): MessageChange[] {
  const changes: MessageChange[] = [];
  for (const { one, other } of pairMessages(before, after, name)) {
    if (one !== undefined && other !== undefined) {
      const fields = compareValues(getContent(one), getContent(other), '');
      if (fields.length > 0) changes.push({ kind: 'changed', message: other, what: name(other), fields });
    } else if (other !== undefined) changes.push({ kind: 'added', message: other, what: name(other) });
    else if (one !== undefined) changes.push({ kind: 'removed', message: one, what: name(one) });
  }
  return changes;
}

interface Pair {
  readonly one?: ProtocolMessage;
  readonly other?: ProtocolMessage;
}

/** By their longest common subsequence. */
function pairMessages(
  before: readonly ProtocolMessage[],
  after: readonly ProtocolMessage[],
  name: Name,
): Pair[] {
  const key = (message: ProtocolMessage) => `${message.connection} ${message.from} ${name(message)}`;
  const [left, right] = [before.map(key), after.map(key)];
  const lengths = left.map(() => new Array<number>(right.length + 1).fill(0));
  lengths.push(new Array<number>(right.length + 1).fill(0));
  const at = (row: number, column: number) => lengths[row]?.[column] ?? 0;
  for (let row = left.length - 1; row >= 0; row -= 1) {
    for (let column = right.length - 1; column >= 0; column -= 1) {
      const length =
        left[row] === right[column]
          ? at(row + 1, column + 1) + 1
          : Math.max(at(row + 1, column), at(row, column + 1));
      lengths[row]?.splice(column, 1, length);
    }
  }
  const pairs: Pair[] = [];
  let row = 0;
  let column = 0;
  while (row < left.length || column < right.length) {
    const [one, other] = [before[row], after[column]];
    if (one !== undefined && other !== undefined && left[row] === right[column]) {
      pairs.push({ one, other });
      row += 1;
      column += 1;
    } else if (one !== undefined && (other === undefined || at(row + 1, column) >= at(row, column + 1))) {
      pairs.push({ one });
      row += 1;
    } else if (other !== undefined) {
      pairs.push({ other });
      column += 1;
    }
  }
  return pairs;
}

/** What of a message is compared. */
function getContent(message: ProtocolMessage): unknown {
  if (message.kind === 'message') return message.body;
  const { connection: _connection, from: _from, kind: _kind, ...content } = message;
  return content;
}

function compareValues(before: unknown, after: unknown, path: string): FieldChange[] {
  if (isContainer(before) && isContainer(after) && Array.isArray(before) === Array.isArray(after)) {
    const [one, other] = [Object.entries(before), Object.entries(after)];
    const later = new Map(other);
    const earlier = new Map(one);
    const step = (field: string) =>
      Array.isArray(before) ? `${path}[${field}]` : path === '' ? field : `${path}.${field}`;
    return [
      ...one.flatMap(([field, value]) =>
        later.has(field)
          ? compareValues(value, later.get(field), step(field))
          : [{ path: step(field), kind: 'removed' as const, before: value }],
      ),
      ...other.flatMap(([field, value]) =>
        earlier.has(field) ? [] : [{ path: step(field), kind: 'added' as const, after: value }],
      ),
    ];
  }
  if (JSON.stringify(before) === JSON.stringify(after)) return [];
  return [{ path: path === '' ? 'all of it' : path, kind: 'changed', before, after }];
}

function isContainer(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
