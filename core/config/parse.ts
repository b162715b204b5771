/**
 * From the text of `.tracey.yml` to a {@link Config}. Pure: it reads no file and no environment. A file is
 * either wholly right or refused with everything that is wrong with it.
 */
import { checkValues } from './checks.ts';
import { type Config, computeConfig } from './config.ts';
import { createProblem, describeIssue } from './describe.ts';
import { parseYaml, type YamlTree } from './document.ts';
import { type ConfigNote, createVariableNote, findNotes } from './notes.ts';
import {
  ConfigFileError,
  type ConfigProblem,
  formatKeyPath,
  formatQuoted,
  type KeyPath,
} from './problems.ts';
import { type ConfigFile, configFileSchema } from './schema.ts';
import { isSecretPath } from './secrets.ts';
import { computeExpansion, type Environment, type UnresolvedVariable } from './variables.ts';

/** What the text alone does not say. */
export interface ParseConfigOptions {
  /** What messages call the file: `.tracey.yml`. */
  readonly file: string;
  /** Where `${NAME}` in a value is looked up. */
  readonly environment: Environment;
  /** Names of the built-in job types. */
  readonly knownJobTypes: readonly string[];
}

/**
 * Parses a configuration for use. Notes come in the file's order.
 *
 * @throws {ConfigFileError} with every problem of the file, missing variables among them.
 */
export function parseConfig(
  text: string,
  options: ParseConfigOptions,
): { config: Config; notes: readonly ConfigNote[] } {
  const inspection = inspectConfig(text, options);
  const { tree, file, unresolved } = inspection;
  const problems = [
    ...inspection.problems,
    ...unresolved.map((variable) => describeVariable(tree, variable)),
  ];
  if (file === null || problems.length > 0) throw new ConfigFileError(options.file, problems);
  return {
    config: computeConfig(file, options.knownJobTypes),
    notes: findNotes(tree, options.knownJobTypes),
  };
}

/** What a configuration says to whoever has none of its secrets. */
export interface PublicConfig {
  readonly config: Config;
  /** Every variable that the file names, each once, in its order. */
  readonly variables: readonly {
    readonly name: string;
    /** By the name of a key that it is the value of. */
    readonly isSecret: boolean;
  }[];
}

/**
 * Parses a configuration for whoever needs no secret of it, on a machine that has none: a value whose variable is
 * not set counts as left out.
 *
 * @throws {ConfigFileError} with every problem of the file; a variable is one where a value cannot be left out.
 */
export function parsePublicConfig(text: string, options: ParseConfigOptions): PublicConfig {
  const { tree, problems, unresolved } = inspectConfig(text, options);
  const left = configFileSchema.safeParse(
    computeExpansion(withoutValues(tree.value ?? {}, unresolved), options.environment).value,
  );
  const missing = left.success ? unresolved.filter(isWrong) : unresolved;
  const all = [...problems, ...missing.map((variable) => describeVariable(tree, variable))];
  if (!left.success || all.length > 0) throw new ConfigFileError(options.file, all);
  return {
    config: computeConfig(left.data, options.knownJobTypes),
    variables: listVariables(tree),
  };
}

/** Wherever the file is read, whatever is set there. */
function isWrong({ reason }: UnresolvedVariable): boolean {
  return reason === 'malformed' || reason === 'refused';
}

function listVariables(tree: YamlTree): PublicConfig['variables'] {
  const places = Map.groupBy(computeExpansion(tree.value, {}).unresolved, ({ name }) => name);
  return [...places].map(([name, used]) => ({ name, isSecret: used.some(({ path }) => isSecretPath(path)) }));
}

/** The tree with nothing in the place of each value that could not be expanded, and shorter lists. */
function withoutValues(root: unknown, unresolved: readonly UnresolvedVariable[]): unknown {
  const removed = new Set(unresolved.map(({ path }) => formatKeyPath(path)));
  const copy = (node: unknown, path: KeyPath): unknown => {
    if (removed.has(formatKeyPath(path))) return null;
    if (Array.isArray(node)) {
      return node
        .map((item, index) => copy(item, [...path, index]))
        .filter((item, index) => item !== null || node[index] === null);
    }
    if (typeof node !== 'object' || node === null) return node;
    return Object.fromEntries(Object.entries(node).map(([key, item]) => [key, copy(item, [...path, key])]));
  };
  return copy(root, []);
}

/**
 * Checks a configuration where its variables need not be set, as in an editor or on another machine: a missing
 * variable is a note, and what depends on its value stays unchecked.
 *
 * @throws {ConfigFileError} with every other problem of the file.
 */
export function checkConfig(text: string, options: ParseConfigOptions): { notes: readonly ConfigNote[] } {
  const { tree, problems, unresolved } = inspectConfig(text, options);
  const malformed = unresolved.filter(isWrong);
  const all = [...problems, ...malformed.map((variable) => describeVariable(tree, variable))];
  if (all.length > 0) throw new ConfigFileError(options.file, all);
  const notes = [
    ...unresolved.map((variable) => createVariableNote(tree, variable)),
    ...findNotes(tree, options.knownJobTypes),
  ];
  return { notes: notes.toSorted((a, b) => a.line - b.line || a.column - b.column) };
}

interface Inspection {
  readonly tree: YamlTree;
  /** The checked file; null when the schema refuses it. */
  readonly file: ConfigFile | null;
  /** All but those of variables and of the values that hang on them. */
  readonly problems: readonly ConfigProblem[];
  readonly unresolved: readonly UnresolvedVariable[];
}

function inspectConfig(text: string, options: ParseConfigOptions): Inspection {
  const { tree, problems } = parseYaml(text);
  // Values that are there only in part would be blamed for what is missing.
  if (problems.length > 0) return { tree, file: null, problems, unresolved: [] };
  const { value, unresolved } = computeExpansion(tree.value ?? {}, options.environment);
  const parsed = configFileSchema.safeParse(value);
  const unknown = new Set(unresolved.map(({ path }) => formatKeyPath(path)));
  const found = [
    ...(parsed.success ? [] : parsed.error.issues.flatMap((issue) => describeIssue(tree, issue))),
    ...checkValues(tree, value, options.knownJobTypes),
  ];
  return {
    tree,
    file: parsed.success ? parsed.data : null,
    problems: found.filter(({ path }) => !unknown.has(path)),
    unresolved,
  };
}

function describeVariable(tree: YamlTree, variable: UnresolvedVariable): ConfigProblem {
  const { path, reason } = variable;
  const key = formatKeyPath(path);
  if (reason === 'malformed') {
    const message = `${key} holds "\${" without the name of an environment variable and a "}" after it.`;
    const hint = `Write "\${NAME}" for a variable, or "$\${" for a plain "\${".`;
    return createProblem(tree, { code: 'config/bad-variable', path, message, hint });
  }
  const name = formatQuoted(variable.name).slice(1, -1);
  if (reason === 'refused') {
    const message = `${key} must not hold ${name}, a secret of the workflow.`;
    const hint = 'Give what tests need a variable of its own, with a value that they may know.';
    return createProblem(tree, { code: 'config/secret-variable', path, message, hint });
  }
  const message = `${key} needs the environment variable ${name}, which is ${reason === 'empty' ? 'empty' : 'not set'}.`;
  const hint = `Set ${name}, or write "$\${" for a plain "\${".`;
  return createProblem(tree, { code: 'config/missing-variable', path, message, hint });
}
