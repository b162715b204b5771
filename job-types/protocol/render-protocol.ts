/** `protocol.md`: the protocol of one version for people to read, step by step. Pure. */
import { formatJson } from './json-text.ts';
import { renderCode, renderCodeBlock, renderText } from './markdown.ts';
import type { Protocol, ProtocolMessage, ProtocolStep } from './protocol-file.ts';

export function renderProtocol(protocol: Protocol): string {
  const { library, version, protocolVersion, steps } = protocol;
  const blocks = [
    `# The wire protocol of ${renderText(library)} ${renderText(version)}`,
    `Protocol version ${renderCode(protocolVersion)}. What a client and a service say to each other, step by step, as it was recorded between them. What differs from run to run stands as ${renderCode('<what it is>')}; event ids count from 1 in each step. Heartbeats are left out.`,
    '## Steps',
    steps.map((step, index) => `${index + 1}. ${renderContents(step)}`).join('\n'),
    ...steps.flatMap((step, index) => renderStep(step, index + 1)),
  ];
  return `${blocks.join('\n\n')}\n`;
}

function renderContents({ name, title, leftOut, messages }: ProtocolStep): string {
  const what = `[${renderText(title)}](#${computeAnchor(name)})`;
  if (leftOut !== undefined) return `${what} — left out`;
  const connections = [...new Set(messages.map(({ connection }) => connection))];
  const count = messages.length === 1 ? '1 message' : `${messages.length} messages`;
  return messages.length === 0
    ? `${what} — nothing is said`
    : `${what} — ${count}, ${connections.map(renderText).join(', ')}`;
}

function renderStep(step: ProtocolStep, number: number): string[] {
  const { name, title, leftOut, messages } = step;
  const blocks = [
    `<a id="${computeAnchor(name)}"></a>\n\n### ${number}. ${renderText(title)}`,
    ...messages.flatMap(renderMessage),
  ];
  if (leftOut !== undefined) blocks.push(`Left out: ${renderText(leftOut)}.`);
  else if (messages.length === 0) blocks.push('Nothing is said on the wire.');
  return blocks;
}

function renderMessage(message: ProtocolMessage): string[] {
  const heading = `**${formatSpeaker(message)}**`;
  if (message.kind === 'message') {
    return [heading, renderCodeBlock(formatJson(message.body), 'json')];
  }
  if (message.kind === 'binary') return [`${heading}: ${message.bytes} bytes of binary data`];
  if (message.kind === 'close') {
    const why = message.reason === '' ? '' : `, ${renderCode(message.reason)}`;
    const code = message.code === null ? 'without a code' : `with code ${message.code}`;
    return [`${heading}: closes the connection ${code}${why}`];
  }
  const headers = Object.entries(message.headers).map(([name, value]) => `${name}: ${value}`);
  return [heading, renderCodeBlock([message.line, ...headers].join('\n'), 'http')];
}

/** `admin → service`. */
export function formatSpeaker({ connection, from }: Pick<ProtocolMessage, 'connection' | 'from'>): string {
  const client = renderText(connection);
  return from === 'client' ? `${client} → service` : `service → ${client}`;
}

function computeAnchor(name: string): string {
  return `step-${name.replace(/[^\w-]/g, '-')}`;
}
