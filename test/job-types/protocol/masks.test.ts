import { expect, it } from 'vitest';
import { HAPPN_MASKS } from '../../../job-types/protocol/happn-messages.ts';
import { createMasker, type SaidMessage } from '../../../job-types/protocol/masks.ts';

const say = (body: unknown, connection = 'admin'): SaidMessage => ({
  connection,
  from: 'client',
  kind: 'message',
  body,
});

/** The bodies of messages of one step, masked. */
function mask(...bodies: unknown[]): unknown[] {
  const messages = bodies.map((body) => say(body));
  const masker = createMasker(HAPPN_MASKS, {
    messages,
    constants: new Map([['13.12.1', 'happn-3 version']]),
  });
  return masker.mask(messages).map((message) => (message.kind === 'message' ? message.body : null));
}

it('a value is masked by the name of its field, and by that name wherever else it stands', () => {
  const id = 'c0ffee-c0ffee-1';
  expect(mask({ data: { id } }, { sessionId: id, path: `/responses/${id}/1`, [id]: true })).toEqual([
    { data: { id: '<session id>' } },
    { sessionId: '<session id>', path: '/responses/<session id>/1', '<session id>': true },
  ]);
});

it('of several names that a value has, the first counts; short ones are masked where they stand', () => {
  const [first] = mask({
    publicationId: 'long-enough-1',
    sessionId: 'long-enough-1',
    origin: 'mesh',
    name: 'mesh',
  });
  expect(first).toEqual({
    publicationId: '<session id>',
    sessionId: '<session id>',
    origin: '<service name>',
    name: 'mesh',
  });
});

it('times, ports, guids and versions are masked in any text, and numbers by their names', () => {
  const guid = '2a4c8ace-2ecf-4c0b-be0c-46909403fc21';
  const [body] = mask({
    text: `${guid} at 2026-11-23T03:00:00.000Z from 127.0.0.1:55000 of 13.12.1`,
    created: 1_795_402_830_759,
    port: 55_000,
    anything: 1_795_402_830_759,
    size: 55_000,
    url: '/primus?_primuscb=Q86MHAp',
    reference: 'b5ZkD9JwTz63p2kZuCY5og/0',
    none: null,
    empty: '',
  });
  expect(body).toEqual({
    text: '<guid> at <date> from 127.0.0.1:<port> of <happn-3 version>',
    created: '<time>',
    port: '<port>',
    anything: '<time>',
    size: 55_000,
    url: '/primus?_primuscb=<_primuscb>',
    reference: '<id>',
    none: null,
    empty: '',
  });
});

it('what is no text keeps what it says: false, null and empty are part of the protocol', () => {
  expect(mask({ sessionId: null, token: '', referenceId: 0, secret: false })).toEqual([
    { sessionId: null, token: '', referenceId: 0, secret: false },
  ]);
});

it('event ids count from 1 in each step and on each connection', () => {
  const messages = [say({ eventId: 41 }), say({ _meta: { eventId: 41 } }), say({ eventId: 43 })];
  const other = say({ eventId: 7 }, 'guest');
  const masker = createMasker(HAPPN_MASKS, { messages, constants: new Map() });
  const read = (said: readonly SaidMessage[]) =>
    masker.mask(said).map((message) => (message.kind === 'message' ? message.body : null));
  expect(read([...messages, other])).toEqual([
    { eventId: 1 },
    { _meta: { eventId: 1 } },
    { eventId: 2 },
    { eventId: 1 },
  ]);
  expect(read([say({ eventId: 43 })])).toEqual([{ eventId: 1 }]);
});
