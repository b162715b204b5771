/**
 * How a repo's own npm scripts start a tool: the words after its name, and what is set before it. A script is
 * read, never run: the tool is then started with the same words.
 */
import { type ParseEntry, parse } from 'shell-quote';

/** One place in the scripts where the tool is started. */
export interface ScriptCommand {
  /** The words after the tool's name. */
  readonly args: readonly string[];
  /** Flags between `node` and the tool's path. */
  readonly nodeFlags: readonly string[];
  /** Variables set in front of it. */
  readonly env: Readonly<Record<string, string>>;
}

const RUNNERS = /^(npm|yarn|pnpm|bun)$/;
const MANY_RUNNERS = /^(npm-run-all|run-s|run-p|run-s\.js)$/;
const MAX_SCRIPTS = 50;

/**
 * Finds how `npm test` starts a tool, following `npm run` from script to script.
 *
 * @param scripts the `scripts` of package.json
 * @param isTool whether a word is the tool's name or path
 * @returns every start, in order, without repetition; empty when `npm test` does not lead to it
 */
export function findScriptCommands(
  scripts: Readonly<Record<string, string>>,
  isTool: (word: string) => boolean,
): ScriptCommand[] {
  const found: ScriptCommand[] = [];
  const visited = new Set<string>();

  function visit(name: string): void {
    const script = scripts[name];
    if (script === undefined || visited.has(name) || visited.size >= MAX_SCRIPTS) return;
    visited.add(name);
    for (const words of splitCommands(script)) {
      const command = findCommand(words, isTool);
      if (command) found.push(command);
      else for (const next of findCalledScripts(words, Object.keys(scripts))) visit(next);
    }
  }

  visit('test');
  if (found.length === 0) {
    for (const name of Object.keys(scripts)) if (/^test(s|[:_-].*)?$/.test(name)) visit(name);
  }
  const known = new Set<string>();
  return found.filter((command) => {
    const key = JSON.stringify(command);
    return known.has(key) ? false : known.add(key);
  });
}

/** The simple commands of a script, as words: redirections and comments dropped, variables left empty. */
function splitCommands(script: string): string[][] {
  let entries: ParseEntry[];
  try {
    entries = parse(script, () => '');
  } catch {
    return [];
  }
  const commands: string[][] = [[]];
  let skipNext = false;
  for (const entry of entries) {
    if (skipNext) {
      skipNext = false;
      continue;
    }
    if (typeof entry === 'string') commands.at(-1)?.push(entry);
    else if ('comment' in entry) break;
    else if (entry.op === 'glob') commands.at(-1)?.push((entry as { pattern: string }).pattern);
    else if (/[<>]/.test(entry.op)) skipNext = true;
    else commands.push([]);
  }
  return commands.filter((words) => words.length > 0);
}

function findCommand(words: readonly string[], isTool: (word: string) => boolean): ScriptCommand | undefined {
  const at = words.findIndex(isTool);
  if (at === -1) return undefined;
  const before = words.slice(0, at);
  const env: Record<string, string> = {};
  for (const word of before) {
    const assignment = /^([A-Za-z_]\w*)=(.*)$/s.exec(word);
    if (assignment?.[1] !== undefined) env[assignment[1]] = assignment[2] ?? '';
  }
  const node = before.findLastIndex((word) => /^(.*\/)?node$/.test(word));
  const nodeFlags = node === -1 ? [] : before.slice(node + 1).filter((word) => word.startsWith('-'));
  return { args: words.slice(at + 1), nodeFlags, env };
}

/** Names of the scripts that a command calls through a package manager. */
function findCalledScripts(words: readonly string[], names: readonly string[]): string[] {
  const plain = words.filter((word) => !/^[A-Za-z_]\w*=/.test(word));
  for (const [index, word] of plain.entries()) {
    const rest = plain.slice(index + 1).filter((next) => !next.startsWith('-'));
    if (RUNNERS.test(word)) {
      const [first, second] = rest;
      if (first === 'run' || first === 'run-script') return second === undefined ? [] : [second];
      if (first === 't' || first === 'tst') return ['test'];
      return first === undefined ? [] : [first];
    }
    if (MANY_RUNNERS.test(word)) return rest.flatMap((pattern) => matchScripts(pattern, names));
  }
  return [];
}

/** `npm-run-all`'s patterns: `test:*` is one level, `test:**` any. */
function matchScripts(pattern: string, names: readonly string[]): string[] {
  const source = pattern
    .split(/(\*\*|\*)/)
    .map((part) =>
      part === '**' ? '.*' : part === '*' ? '[^:]*' : part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'),
    )
    .join('');
  return names.filter((name) => new RegExp(`^${source}$`).test(name));
}
