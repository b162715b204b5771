/**
 * What messages of happn have in common, whichever library speaks it: happner's are messages of happn. Known of major 3 to 13.
 */
import type { ProtocolFamily } from './family.ts';
import type { Masks } from './masks.ts';

/** What differs from run to run; the first name of a value counts wherever it occurs. */
export const HAPPN_MASKS: Masks = {
  texts: [
    ['sessionId', 'session id'],
    ['origin', 'service name'],
    ['publicationId', 'publication id'],
    ['userid', 'user id'],
    ['parentId', 'session id'],
    ['referenceId', 'reference'],
    ['ref', 'reference'],
    ['token', 'token'],
    ['publicKey', 'public key'],
    ['secret', 'secret'],
    ['nonce', 'nonce'],
    ['digest', 'digest'],
    ['iv', 'iv'],
    ['permissionSetKey', 'key of permissions'],
    ['stack', 'stack'],
    ['sec-websocket-key', 'key of the connection'],
    ['sec-websocket-accept', 'accepted key'],
  ],
  numbers: [
    ['created', 'time'],
    ['modified', 'time'],
    ['timestamp', 'time'],
    ['port', 'port'],
  ],
  counters: ['eventId'],
  patterns: [
    [/(?<=_primuscb=)[^&\s"]+/g, '_primuscb'],
    // hyperid: 22 characters for a process, and a count.
    [/(?<![\w/+-])[\w+/-]{22}[-/]\d+\b/g, 'id'],
    [/(?<=\/_TAGS\/things\/\w+\/)[\w-]+$/, 'id'],
    [/(?<=^\/siblings\/)[\w-]+$/, 'id'],
  ],
};

/** `set`, `response to set`, `publication of /SET@/things/one`. */
export const describeHappnMessage: ProtocolFamily['describeMessage'] = (body) => {
  const [own, action, eventKey] = [find(body, '_meta'), find(body, 'action'), find(body, 'eventKey')];
  if (typeof action === 'string') return action;
  if (typeof eventKey === 'string') return eventKey;
  const meta = Array.isArray(body) ? body.at(-1) : own;
  const [type, what] = [find(meta, 'type'), find(meta, 'action')];
  if (typeof what !== 'string') return typeof body === 'string' ? body : undefined;
  return type === 'data' ? `publication of ${what}` : `${String(type ?? 'response')} to ${what}`;
};

function find(value: unknown, field: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, field) : undefined;
}
