/** Parses JSON from outside, and says where it ends to be JSON: V8 gives no position for most mistakes. Pure. */
import { StoreError } from '../errors.ts';

/** The value of a JSON text; throws a StoreError with line and column, where `source` names the text. */
export function parseJson(text: string, source: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const offset = findMistake(text);
    const before = text.slice(0, offset).split('\n');
    const found =
      offset >= text.length ? 'the end of the text' : JSON.stringify(text.slice(offset, offset + 20));
    throw new StoreError(
      `${source}:${before.length}:${(before.at(-1)?.length ?? 0) + 1}: this is not JSON, got ${found}.`,
      { code: 'store/not-json', hint: 'Give it what `tracey run --json` or `tracey export` wrote.', cause },
    );
  }
}

/** One token after white space: a bracket, comma, colon, string, number or word (RFC 8259). */
const TOKEN =
  /[ \t\n\r]*([{}[\],:]|"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)/y;

type Place = 'value' | 'value or ]' | 'key' | 'key or }' | 'colon' | 'comma or end';

/** Offset of the first character that cannot continue a JSON text; its length when more was expected. */
function findMistake(text: string): number {
  const open: ('{' | '[')[] = [];
  let place: Place = 'value';
  let offset = 0;
  for (;;) {
    const start = skipSpace(text, offset);
    TOKEN.lastIndex = offset;
    const token = TOKEN.exec(text)?.[1];
    const next: Place | undefined = token === undefined ? undefined : takeToken(token, place, open);
    if (next === undefined) return start;
    place = next;
    offset = TOKEN.lastIndex;
  }
}

/** Where the text stands after `token`; undefined when it may not come here. Keeps `open` brackets. */
function takeToken(token: string, place: Place, open: ('{' | '[')[]): Place | undefined {
  const inside = open.at(-1);
  if (token === '}' || token === ']') {
    const empty = token === '}' ? 'key or }' : 'value or ]';
    const closes = inside === (token === '}' ? '{' : '[');
    if (!closes || (place !== empty && place !== 'comma or end')) return undefined;
    open.pop();
    return 'comma or end';
  }
  if (token === ',') {
    if (place !== 'comma or end' || inside === undefined) return undefined;
    return inside === '{' ? 'key' : 'value';
  }
  if (token === ':') return place === 'colon' ? 'value' : undefined;
  if (place === 'key' || place === 'key or }') return token.startsWith('"') ? 'colon' : undefined;
  if (place !== 'value' && place !== 'value or ]') return undefined;
  if (token === '{' || token === '[') {
    open.push(token);
    return token === '{' ? 'key or }' : 'value or ]';
  }
  return 'comma or end';
}

function skipSpace(text: string, offset: number): number {
  let at = offset;
  while (at < text.length && ' \t\n\r'.includes(text[at] ?? '')) at += 1;
  return at;
}
