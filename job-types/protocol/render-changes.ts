/** `changes.md`: what is different between two protocols, as a person wants to read it. What many messages have in common is said once. Pure. */
import type { FieldChange, MessageChange, ProtocolChange, StepChange } from './compare.ts';
import { formatFlat } from './json-text.ts';
import { renderCode, renderText } from './markdown.ts';
import { formatSpeaker } from './render-protocol.ts';

/** From so many messages on, or places in one, a change of a field is told once for all of them. */
const COMMON = 4;

interface CommonChange {
  readonly from: 'client' | 'service';
  readonly field: FieldChange;
  /** Names of the messages. */
  readonly messages: readonly string[];
}

/** @param was what the earlier one is called, where that is the same version */
export function renderChanges(change: ProtocolChange, was?: string): string {
  const { before, after, steps, sameCount } = change;
  const earlier = was ?? before.version;
  const common = findCommon(steps);
  const isCommon = new Set(common.map(formatKey));
  const blocks = [
    `# What changed on the wire of ${renderText(after.library)} from ${renderText(earlier)} to ${renderText(after.version)}`,
    renderVersions(change),
    countSteps(steps, sameCount),
  ];
  if (common.length > 0) blocks.push('## In many messages', common.map(renderCommon).join('\n'));
  const particular = steps.flatMap((step) => renderStep(step, isCommon));
  if (particular.length > 0) blocks.push('## Step by step', ...particular);
  return `${blocks.join('\n\n')}\n`;
}

function renderVersions({ before, after }: ProtocolChange): string {
  return before.protocolVersion === after.protocolVersion
    ? `Protocol version ${renderCode(after.protocolVersion)}, as before.`
    : `Protocol version ${renderCode(after.protocolVersion)}, before that ${renderCode(before.protocolVersion)}.`;
}

function countSteps(steps: readonly StepChange[], sameCount: number): string {
  const count = (number: number) => (number === 1 ? '1 step' : `${number} steps`);
  if (steps.length === 0) return `Nothing: ${count(sameCount)}, all the same.`;
  return `${count(steps.length)} ${steps.length === 1 ? 'differs' : 'differ'}, ${sameCount} ${sameCount === 1 ? 'is' : 'are'} the same.`;
}

function formatKey({ from, field }: Pick<CommonChange, 'from' | 'field'>): string {
  return JSON.stringify([from, field]);
}

function findCommon(steps: readonly StepChange[]): CommonChange[] {
  const found = new Map<string, { from: 'client' | 'service'; field: FieldChange; messages: string[] }>();
  for (const { messages } of steps) {
    for (const message of messages) {
      if (message.kind !== 'changed') continue;
      for (const field of message.fields) {
        const { from } = message.message;
        const key = formatKey({ from, field });
        const known = found.get(key);
        if (known === undefined) found.set(key, { from, field, messages: [message.what] });
        else known.messages.push(message.what);
      }
    }
  }
  return [...found.values()].filter(({ messages }) => messages.length >= COMMON);
}

function renderCommon({ from, field, messages }: CommonChange): string {
  const kinds = [...new Set(messages)];
  const shown = kinds.slice(0, 6).map(renderName).join(', ');
  const more = kinds.length > 6 ? `, and ${kinds.length - 6} kinds more` : '';
  return `- ${renderField(field)} — in ${messages.length} messages of the ${from}: ${shown}${more}`;
}

function renderStep(step: StepChange, isCommon: ReadonlySet<string>): string[] {
  const lines = step.messages.flatMap((message) => renderMessage(message, { step, isCommon }));
  const title = `### ${renderText(step.title)}`;
  if (step.kind === 'removed') return [title, 'This step is no more.', ...joinLines(lines)];
  if (step.kind === 'added') return [title, 'This step is new.', ...joinLines(lines)];
  return lines.length === 0 ? [] : [title, lines.join('\n')];
}

function joinLines(lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [lines.join('\n')];
}

function renderMessage(
  change: MessageChange,
  { step, isCommon }: { readonly step: StepChange; readonly isCommon: ReadonlySet<string> },
): string[] {
  const { message, what } = change;
  const who = `${formatSpeaker(message)}, ${renderName(what)}`;
  if (change.kind !== 'changed') {
    const body = message.kind === 'message' ? `: ${renderCode(formatFlat(message.body))}` : '';
    // Of a step that is new, or no more, all messages are.
    return [step.kind === 'changed' ? `- ${change.kind} message — ${who}${body}` : `- ${who}${body}`];
  }
  const fields = change.fields.filter((field) => !isCommon.has(formatKey({ from: message.from, field })));
  if (fields.length === 0) return [];
  return [`- ${who}`, ...groupByField(fields).map((group) => `  - ${renderGroup(group)}`)];
}

/** The same change of a field of the same name in many places of a message belongs together. */
function groupByField(fields: readonly FieldChange[]): FieldChange[][] {
  const groups = new Map<string, FieldChange[]>();
  for (const field of fields) {
    const key = JSON.stringify({ ...field, path: findFieldName(field.path) });
    groups.set(key, [...(groups.get(key) ?? []), field]);
  }
  return [...groups.values()].flatMap((group) =>
    group.length < COMMON ? group.map((field) => [field]) : [group],
  );
}

function renderGroup(group: readonly FieldChange[]): string {
  const [first] = group;
  if (first === undefined) return '';
  if (group.length === 1) return renderField(first);
  const places = `in ${group.length} places, the first is ${renderCode(first.path)}`;
  return `${renderField({ ...first, path: `… ${findFieldName(first.path)}` })} — ${places}`;
}

function findFieldName(path: string): string {
  return path.slice(path.lastIndexOf('.') + 1);
}

/** A message's name; one that holds more than words is shown as it is. */
function renderName(what: string): string {
  return /^[\w -]+$/.test(what) ? what : renderCode(what);
}

function renderField({ path, kind, before, after }: FieldChange): string {
  const name = renderCode(path);
  if (kind === 'added') return `added ${name}: ${renderCode(formatFlat(after))}`;
  if (kind === 'removed') return `removed ${name}, which was ${renderCode(formatFlat(before))}`;
  return `changed ${name}: ${renderCode(formatFlat(after))}, before that ${renderCode(formatFlat(before))}`;
}
