import { describe, expect, it } from 'vitest';
import { compareProtocols } from '../../../job-types/protocol/compare.ts';
import { describeHappnMessage } from '../../../job-types/protocol/happn-messages.ts';
import type { Protocol, ProtocolMessage } from '../../../job-types/protocol/protocol-file.ts';
import { renderChanges } from '../../../job-types/protocol/render-changes.ts';

const ask = (action: string, more: object = {}): ProtocolMessage => ({
  connection: 'admin',
  from: 'client',
  kind: 'message',
  body: { action, ...more },
});
const answer = (action: string, more: object = {}): ProtocolMessage => ({
  connection: 'admin',
  from: 'service',
  kind: 'message',
  body: { ...more, _meta: { type: 'response', action } },
});

function makeProtocol(
  version: string,
  steps: Readonly<Record<string, readonly ProtocolMessage[] | string>>,
): Protocol {
  return {
    schema: 'tracey.protocol/1',
    library: 'happn-3',
    version,
    protocolVersion: 'happn_4',
    steps: Object.entries(steps).map(([name, messages]) => ({
      name,
      title: `Step ${name}`,
      ...(typeof messages === 'string' ? { leftOut: messages, messages: [] } : { messages: [...messages] }),
    })),
  };
}

type Steps = Parameters<typeof makeProtocol>[1];
const compare = (before: Steps, after: Steps) =>
  compareProtocols(makeProtocol('1.0.0', before), makeProtocol('2.0.0', after), {
    describeMessage: describeHappnMessage,
  });
/** What a person reads after the counts. */
const render = (before: Steps, after: Steps) =>
  renderChanges(compare(before, after)).split('\n').slice(4).join('\n').trim();

describe('two protocols are compared', () => {
  it('and are the same, or differ in fields: added, removed, changed, at any depth', () => {
    const before = { set: [ask('set', { data: { a: 1, b: [1, { c: 2 }], gone: null } })] };
    expect(render(before, before)).toBe('Nothing: 1 step, all the same.');
    expect(render(before, { set: [ask('set', { data: { a: '1', b: [1, { c: 3 }, 4], come: {} } })] })).toBe(
      `1 step differs, 0 are the same.

## Step by step

### Step set

- admin → service, set
  - changed \`data.a\`: \`"1"\`, before that \`1\`
  - changed \`data.b[1].c\`: \`3\`, before that \`2\`
  - added \`data.b[2]\`: \`4\`
  - removed \`data.gone\`, which was \`null\`
  - added \`data.come\`: \`{}\``,
    );
  });

  it('and one message more or less does not shift the others', () => {
    const [get, set] = [ask('get'), ask('set')];
    const text = render(
      { a: [get, set, answer('set')] },
      { a: [set, answer('set'), ask('off', { path: '/a' })] },
    );
    expect(text).toContain('- removed message — admin → service, get: `{ "action": "get" }`');
    expect(text).toContain('- added message — admin → service, off: `{ "action": "off", "path": "/a" }`');
    expect(text.match(/^- /gm)).toHaveLength(2);
  });

  it('and steps that one of them has not, or leaves out, are new or no more', () => {
    const text = render(
      { a: [ask('set')], b: [ask('get')] },
      { a: 'no such thing', b: [ask('get')], c: [ask('on')] },
    );
    expect(text).toContain('2 steps differ, 1 is the same.');
    expect(text).toContain('### Step a\n\nThis step is no more.\n\n- admin → service, set');
    expect(text).toContain('### Step c\n\nThis step is new.\n\n- admin → service, on');
    expect(render({ a: 'no', b: 'no' }, { a: 'no' })).toBe('Nothing: 0 steps, all the same.');
  });

  it('and what many messages have in common is told once', () => {
    const steps = (more: object) =>
      Object.fromEntries(['a', 'b', 'c', 'd'].map((name) => [name, [answer(name, more)]]));
    const text = render(steps({ protocol: 'happn_2' }), steps({ protocol: 'happn_4' }));
    expect(text).toBe(`4 steps differ, 0 are the same.

## In many messages

- changed \`protocol\`: \`"happn_4"\`, before that \`"happn_2"\` — in 4 messages of the service: response to a, response to b, response to c, response to d`);
  });

  it('and the same change in many places of a message is told once', () => {
    const methods = (more: object) => ({
      methods: Object.fromEntries(['a', 'b', 'c', 'd'].map((one) => [one, more])),
    });
    expect(
      render({ get: [answer('get', methods({}))] }, { get: [answer('get', methods({ isAsync: false }))] }),
    ).toContain('  - added `… isAsync`: `false` — in 4 places, the first is `methods.a.isAsync`');
  });

  it('and no text of a message acts in what is rendered', () => {
    const text = render({}, { a: [ask('<img src=x> `@you` #1', { b: '`'.repeat(3) })] });
    expect(text).toContain(
      'admin → service, ``<img src=x> `@you` #1``: ````{ "action": "<img src=x> `@you` #1", "b": "```" }````',
    );
  });
});
