/**
 * Reads YAML into plain values that remember where they stood, within limits: size, depth, number of values
 * with every alias expanded. It knows no key of ours; it refuses tags, duplicate keys and several documents.
 */
import {
  Composer,
  type CST,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  Lexer,
  LineCounter,
  type ParsedNode,
  Parser,
  type YAMLError,
  type YAMLMap,
} from 'yaml';
import { formatBytes } from '../units.ts';
import { type ConfigProblem, formatKeyPath, formatQuoted, type KeyPath } from './problems.ts';

/** Largest file that is read at all, in bytes. */
export const MAX_FILE_BYTES = 1_048_576;
const TOO_LARGE = `The file has more than ${formatBytes(MAX_FILE_BYTES)}, the most that is read.`;
/** Deepest nesting of lists and keys. */
export const MAX_DEPTH = 32;
/** Most values in a file, counting those behind an alias each time it is used. */
export const MAX_VALUES = 20_000;
/** Most pieces of syntax: what bounds the time that a hostile file takes. A repo's section has about 100. */
export const MAX_TOKENS = 200_000;

/** A value of the file as it was written. */
export interface Entry {
  readonly path: KeyPath;
  /** Of the value's key, or of the list item itself; from 1. */
  readonly line: number;
  readonly column: number;
  /** The plain value: text, number, boolean, null, array or object. */
  readonly value: unknown;
  /** A scalar as spelled, without quotes: `0.10`, where the value is the number 0.1. */
  readonly source: string | null;
}

/** A parsed file: its value, and by formatted key path what stood where. */
export interface YamlTree {
  readonly value: unknown;
  readonly entries: ReadonlyMap<string, Entry>;
}

/** The file's values and all that is wrong with it as YAML; with a problem, the values are only part of it. */
export function parseYaml(text: string): { tree: YamlTree; problems: readonly ConfigProblem[] } {
  if (Buffer.byteLength(text) > MAX_FILE_BYTES) return refuse('config/too-large', TOO_LARGE);
  const lines = new LineCounter();
  const tokens = listTokens(text, lines);
  if (!Array.isArray(tokens)) return refuse(tokens.code, tokens.message, findPosition(lines, tokens.offset));
  // uniqueKeys compares every pair of keys, which takes minutes on a hostile file; the walk does it in one pass.
  const composer = new Composer({ stringKeys: true, uniqueKeys: false, resolveKnownTags: false });
  const [document, second] = composer.compose(tokens, true, text.length);
  const faults = [...(document?.errors ?? []), ...(document?.warnings ?? [])];
  if (faults.length > 0) return { tree: EMPTY_TREE, problems: describeFaults(faults, lines) };
  if (second !== undefined) {
    const position = findPosition(lines, second.range[0]);
    return refuse('config/syntax', 'The file holds several YAML documents.', position);
  }
  return walkDocument((document?.contents ?? null) as ParsedNode | null, lines);
}

/** Where a path stands in the file; for one that is not there, where the nearest key above it stands. */
export function findEntryPosition(tree: YamlTree, path: KeyPath): { line: number; column: number } {
  for (let length = path.length; length >= 0; length -= 1) {
    const entry = tree.entries.get(formatKeyPath(path.slice(0, length)));
    if (entry !== undefined) return { line: entry.line, column: entry.column };
  }
  return { line: 1, column: 1 };
}

/** The syntax of the file, or why it goes beyond the limits and where. */
function listTokens(
  text: string,
  lines: LineCounter,
): CST.Token[] | { code: string; message: string; offset: number } {
  const parser = new Parser(lines.addNewLine);
  const tokens: CST.Token[] = [];
  let [count, offset] = [0, 0];
  lines.addNewLine(0);
  for (const lexeme of new Lexer().lex(text)) {
    tokens.push(...parser.next(lexeme));
    count += 1;
    if (count > MAX_TOKENS) {
      const message = `The file goes on for more than ${MAX_TOKENS} pieces of YAML syntax.`;
      return { code: 'config/too-many-values', message, offset };
    }
    // A level of the file takes two places on the parser's stack at most.
    if (parser.stack.length > 4 * MAX_DEPTH) return { code: 'config/too-deep', message: TOO_DEEP, offset };
    offset += lexeme.length;
  }
  tokens.push(...parser.end());
  return tokens;
}

function walkDocument(root: ParsedNode | null, lines: LineCounter) {
  const entries = new Map<string, Entry>();
  const problems: ConfigProblem[] = [];
  const anchors = new Map<string, ParsedNode>();
  let count = 0;

  const report = (code: string, path: KeyPath, offset: number, message: string) => {
    problems.push({ code, path: formatKeyPath(path), ...findPosition(lines, offset), message, hint: null });
  };

  const walk = (written: ParsedNode | null, path: KeyPath, offset: number): unknown => {
    count += 1;
    if (count > MAX_VALUES) {
      if (count === MAX_VALUES + 1)
        report(
          'config/too-many-values',
          path,
          offset,
          `The file holds more than ${MAX_VALUES} values, aliases included.`,
        );
      return null;
    }
    if (path.length > MAX_DEPTH) {
      report('config/too-deep', path, offset, TOO_DEEP);
      return null;
    }
    const node = isAlias(written) ? anchors.get(written.source) : written;
    if (node === undefined) {
      report(
        'config/syntax',
        path,
        offset,
        'An alias (*name) names an anchor (&name) that is not defined above.',
      );
      return null;
    }
    if (node !== null && !isAlias(node) && node.anchor !== undefined) anchors.set(node.anchor, node);
    let value: unknown = null;
    let source: string | null = null;
    if (isMap(node)) value = walkMap(node as YAMLMap.Parsed, path);
    else if (isSeq(node))
      value = node.items.map((item, index) =>
        walk(item as ParsedNode, [...path, index], (item as ParsedNode).range[0]),
      );
    else if (isScalar(node)) {
      value = node.value;
      source = typeof value === 'string' ? value : (node.source ?? String(value));
    }
    entries.set(formatKeyPath(path), { path, ...findPosition(lines, offset), value, source });
    return value;
  };

  const walkMap = (map: YAMLMap.Parsed, path: KeyPath): unknown => {
    const found = new Map<string, { value: unknown; line: number }>();
    for (const pair of map.items) {
      const key = isScalar(pair.key) ? String(pair.key.value) : '';
      const offset = pair.key.range[0];
      const keyPath = [...path, key];
      const first = found.get(key);
      if (first !== undefined) {
        const message = `${formatKeyPath(keyPath)} is given twice, first in line ${first.line}.`;
        report('config/duplicate-key', keyPath, offset, message);
      } else if (key === '__proto__') {
        report('config/unknown-key', keyPath, offset, `${formatQuoted(key)} cannot be used as a key.`);
      } else {
        const value = walk(pair.value, keyPath, offset);
        found.set(key, { value, line: findPosition(lines, offset).line });
      }
    }
    return Object.fromEntries([...found].map(([key, { value }]) => [key, value]));
  };

  const value = walk(root, [], 0);
  return { tree: { value, entries }, problems };
}

function findPosition(lines: LineCounter, offset: number): { line: number; column: number } {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(line, 1), column: Math.max(col, 1) };
}

/** Our words where YAML's are hard to act on. */
const FAULTS: Readonly<Record<string, readonly [message: string, hint: string]>> = {
  TAB_AS_INDENT: ['The line is indented with a tab.', 'Indent with spaces.'],
  TAG_RESOLVE_FAILED: ['Tags ("!name") are not supported.', 'Write the value without its tag.'],
  BAD_DQ_ESCAPE: [
    'A text in double quotes holds a backslash that means nothing in YAML.',
    'Use single quotes, or write the backslash twice.',
  ],
  NON_STRING_KEY: ['A key is not text.', 'Put a value that starts with "{" or "[" in quotes.'],
  BLOCK_AS_IMPLICIT_KEY: ['A line holds two keys.', 'Put a value that contains ": " in quotes.'],
  UNEXPECTED_TOKEN: [
    'This is not YAML: something stands where a value should have ended.',
    'Put a text with special characters in quotes.',
  ],
  BAD_SCALAR_START: [
    'A text starts with a character that means something in YAML.',
    'Put the text in quotes.',
  ],
};

/** One problem a line: a mistake in YAML brings others after it that are not worth reading. */
function describeFaults(faults: readonly YAMLError[], lines: LineCounter): readonly ConfigProblem[] {
  const first = new Map<number, ConfigProblem>();
  for (const fault of faults) {
    const position = findPosition(lines, fault.pos[0]);
    const [message, hint] = FAULTS[fault.code] ?? [`This is not YAML: ${formatFault(fault.message)}.`, null];
    const problem = { code: 'config/syntax', path: '', ...position, message, hint };
    if (!first.has(position.line)) first.set(position.line, problem);
  }
  return [...first.values()];
}

/** YAML's own message without the piece of the file it may end in, which could be a secret. */
function formatFault(message: string): string {
  return message
    .split('\n', 1)
    .join('')
    .replace(/(?<=\w): .*$/, '')
    .replace(/[.\s]+$/, '');
}

const TOO_DEEP = `The file is nested deeper than ${MAX_DEPTH} levels.`;
const EMPTY_TREE: YamlTree = { value: null, entries: new Map() };

function refuse(code: string, message: string, position = { line: 1, column: 1 }) {
  return { tree: EMPTY_TREE, problems: [{ code, path: '', ...position, message, hint: null }] };
}
