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

/** The files that an unquoted glob stands for, or the glob itself when there are none, as in a shell. */
export type ExpandGlob = (pattern: string) => readonly string[];

const RUNNERS = /^(npm|yarn|pnpm|bun)$/;
const MANY_RUNNERS = /^(npm-run-all|run-s|run-p|run-s\.js)$/;
const MAX_SCRIPTS = 50;
/** Flags of Node whose value is a word of its own. */
const FLAGS_WITH_VALUE = new Set([
  '-r',
  '--require',
  '--import',
  '--loader',
  '--experimental-loader',
  '-C',
  '--conditions',
  '--title',
]);

/**
 * Finds how `npm test` starts a tool, following `npm run` from script to script.
 *
 * @param scripts the `scripts` of package.json
 * @param tool.isTool whether a word is the tool's name or path
 * @returns every start, in order, without repetition; empty when `npm test` does not lead to it
 */
export function findScriptCommands(
  scripts: Readonly<Record<string, string>>,
  tool: { readonly isTool: (word: string) => boolean; readonly expandGlob: ExpandGlob },
): ScriptCommand[] {
  const names = Object.keys(scripts);
  const found: ScriptCommand[] = [];
  const visited = new Set<string>();

  /** A script as npm runs it: `pre…` and `post…` around it, and `extra` words at its end. */
  function visit({ name, extra }: Call): void {
    const key = JSON.stringify([name, extra]);
    if (!Object.hasOwn(scripts, name) || visited.has(key) || visited.size >= MAX_SCRIPTS) return;
    visited.add(key);
    read(scripts[`pre${name}`], []);
    read(scripts[name], extra);
    read(scripts[`post${name}`], []);
  }

  function read(script: string | undefined, extra: readonly string[]): void {
    const commands = splitCommands(script ?? '', tool.expandGlob);
    for (const [index, words] of commands.entries()) {
      const all = index === commands.length - 1 ? [...words, ...extra] : words;
      const calls = findCalls(all, names);
      for (const call of calls) visit(call);
      const command = calls.length > 0 ? undefined : findCommand(all, tool.isTool);
      if (command) found.push(command);
    }
  }

  visit({ name: 'test', extra: [] });
  if (found.length === 0) {
    for (const name of names) if (/^test(s|[:_-].*)?$/.test(name)) visit({ name, extra: [] });
  }
  const known = new Set<string>();
  return found.filter((command) => {
    const key = JSON.stringify(command);
    return known.has(key) ? false : known.add(key);
  });
}

/** The simple commands of a script, as words. What a shell would put in is left out: nothing is run or looked up. */
function splitCommands(script: string, expandGlob: ExpandGlob): string[][] {
  let entries: ParseEntry[];
  try {
    entries = parse(script.replace(/\$\([^()]*\)|`[^`]*`/g, ''), () => '');
  } catch {
    return [];
  }
  const commands: string[][] = [[]];
  let isTarget = false;
  for (const entry of entries) {
    const words = commands.at(-1);
    if (isTarget) isTarget = false;
    else if (typeof entry === 'string') words?.push(entry);
    else if ('comment' in entry) break;
    else if (entry.op === 'glob') words?.push(...expandGlob((entry as { pattern: string }).pattern));
    else if (/[<>]/.test(entry.op)) {
      isTarget = true;
      // The file descriptor in front of a redirection reads like a word.
      if (/^\d$/.test(words?.at(-1) ?? '')) words?.pop();
    } else commands.push([]);
  }
  return commands.map((words) => words.filter((word) => word !== '')).filter((words) => words.length > 0);
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
  const args = words.slice(at + 1);
  return {
    // A command that wraps the tool may part its own words from the tool's with `--`.
    args: args[0] === '--' ? args.slice(1) : args,
    nodeFlags: findNodeFlags(before),
    env,
  };
}

/** Flags between `node` and the first word that is neither a flag nor a flag's value. */
function findNodeFlags(words: readonly string[]): string[] {
  const node = words.findLastIndex((word) => /^(.*\/)?node$/.test(word));
  const flags: string[] = [];
  if (node === -1) return flags;
  for (let index = node + 1; index < words.length; index += 1) {
    const word = words[index] ?? '';
    if (!word.startsWith('-')) break;
    flags.push(word);
    const value = words[index + 1];
    if (!FLAGS_WITH_VALUE.has(word) || value === undefined) continue;
    flags.push(value);
    index += 1;
  }
  return flags;
}

/** A script that a command calls, and the words it adds to it. */
interface Call {
  readonly name: string;
  readonly extra: readonly string[];
}

/** The existing scripts that a command calls through a package manager. */
function findCalls(words: readonly string[], names: readonly string[]): Call[] {
  const at = words.findIndex((word) => RUNNERS.test(word) || MANY_RUNNERS.test(word));
  if (at === -1) return [];
  const isFlag = (word: string) => word.startsWith('-');
  const rest = words.slice(at + 1);
  if (MANY_RUNNERS.test(words[at] ?? '')) {
    const patterns = rest.slice(0, rest.includes('--') ? rest.indexOf('--') : rest.length);
    const matched = patterns.filter((word) => !isFlag(word)).flatMap((word) => matchScripts(word, names));
    return matched.map((name) => ({ name, extra: [] }));
  }
  let index = rest.findIndex((word) => !isFlag(word));
  const isRun = /^(run|run-script)$/.test(rest[index] ?? '');
  if (isRun) index = rest.findIndex((word, other) => other > index && !isFlag(word));
  if (index === -1) return [];
  const word = rest[index] ?? '';
  const name = !isRun && /^(t|tst)$/.test(word) ? 'test' : word;
  if (!names.includes(name)) return [];
  const after = rest.slice(index + 1);
  // npm hands on what follows `--`; yarn and pnpm everything.
  const isNpm = words[at] === 'npm';
  const separator = after.indexOf('--');
  const extra = separator !== -1 ? after.slice(separator + 1) : isNpm ? [] : after;
  return [{ name, extra }];
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
