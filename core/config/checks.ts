/**
 * The rules of `.tracey.yml` that need more than one value. They look at plain values, whether or not the
 * schema accepts them, so that everything wrong with a file is told at once.
 */
import { findJobTypeName } from './config.ts';
import { createProblem, findNearest, formatFound } from './describe.ts';
import type { YamlTree } from './document.ts';
import { type ConfigProblem, formatKeyPath, formatQuoted, type KeyPath } from './problems.ts';

type Keys = Readonly<Record<string, unknown>>;

/**
 * Problems between values: repos, job types or renames given twice, a job type that does not exist, no way to IPFS, renames in
 * a circle.
 */
export function checkValues(
  tree: YamlTree,
  expanded: unknown,
  knownJobTypes: readonly string[],
): readonly ConfigProblem[] {
  const file = isKeys(expanded) ? expanded : {};
  return [
    ...checkJobTypes(tree, file, knownJobTypes),
    ...checkRepos(tree, file, knownJobTypes),
    ...checkIpfs(tree, file),
    ...checkRenames(tree, file),
  ];
}

/** The items of a list that are keys and values, with their index. */
export function listItems(file: unknown, key: string): readonly { index: number; item: Keys }[] {
  const list = isKeys(file) ? file[key] : null;
  if (!Array.isArray(list)) return [];
  return list.flatMap((item: unknown, index) => (isKeys(item) ? [{ index, item }] : []));
}

export function isKeys(value: unknown): value is Keys {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function checkJobTypes(tree: YamlTree, file: Keys, known: readonly string[]): readonly ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  const first = new Map<string, KeyPath>();
  for (const { index, item } of listItems(file, 'job_types')) {
    if (typeof item['name'] !== 'string') continue;
    const path = ['job_types', index, 'name'];
    const name = findJobTypeName(item['name'], known);
    const earlier = first.get(name);
    if (earlier === undefined) first.set(name, path);
    else {
      const message = `${formatKeyPath(path)} ${formatFound(tree, path)} is already ${formatKeyPath(earlier)}.`;
      problems.push(
        createProblem(tree, {
          code: 'config/duplicate-job-type',
          path,
          message,
          hint: 'Remove one of them.',
        }),
      );
    }
    if (!known.includes(name) && (item['path'] === undefined || item['path'] === null)) {
      const pathKey = ['job_types', index, 'path'];
      const message = `${formatKeyPath(pathKey)} is missing: ${formatFound(tree, path)} is not a built-in job type.`;
      const hint = `Name its npm package or path. Built in: ${known.join(', ')}.`;
      problems.push(createProblem(tree, { code: 'config/missing-key', path: pathKey, message, hint }));
    }
  }
  return problems;
}

function checkRepos(tree: YamlTree, file: Keys, known: readonly string[]): readonly ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  const declared = listItems(file, 'job_types').flatMap(({ item }) =>
    typeof item['name'] === 'string' ? [item['name']] : [],
  );
  const first = new Map<string, KeyPath>();
  for (const { index, item } of listItems(file, 'repos')) {
    const { owner, name, job_type: jobType } = item;
    if (typeof jobType === 'string' && jobType !== '') {
      if (!declared.includes(jobType) && !known.includes(findJobTypeName(jobType, known))) {
        const candidates = [...new Set([...known, ...declared])];
        const hint = findJobTypeHint(jobType, candidates);
        const path = ['repos', index, 'job_type'];
        const message = `${formatKeyPath(path)} names no job type, got ${formatFound(tree, path)}.`;
        problems.push(createProblem(tree, { code: 'config/unknown-job-type', path, message, hint }));
      }
    }
    if (typeof owner !== 'string' || typeof name !== 'string') continue;
    // One repo may be measured by several job types; GitHub's names do not tell upper from lower case.
    const type = typeof jobType === 'string' ? findJobTypeName(jobType, known) : '';
    const identity = JSON.stringify([owner.toLowerCase(), name.toLowerCase(), type]);
    const earlier = first.get(identity);
    const path = ['repos', index];
    if (earlier === undefined) first.set(identity, path);
    else {
      const message = `${formatKeyPath(path)} is the same repo and job type as ${formatKeyPath(earlier)}.`;
      const hint = 'Remove one of them.';
      problems.push(createProblem(tree, { code: 'config/duplicate-repo', path, message, hint }));
    }
  }
  return problems;
}

function findJobTypeHint(jobType: string, candidates: readonly string[]): string {
  const nearest = findNearest(jobType, candidates);
  if (nearest !== null) return `Did you mean ${formatQuoted(nearest)}?`;
  return `Known: ${candidates.slice(0, 20).join(', ')}; others are added under job_types.`;
}

function checkRenames(tree: YamlTree, file: Keys): readonly ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  const first = { from: new Map<string, KeyPath>(), to: new Map<string, KeyPath>() };
  const later = new Map<string, string>();
  for (const { index, item } of listItems(file, 'renames')) {
    const { from, to } = item;
    if (typeof from !== 'string' || typeof to !== 'string' || from === '' || to === '') continue;
    let isDouble = false;
    for (const [key, text] of [
      ['from', from],
      ['to', to],
    ] as const) {
      const path = ['renames', index, key];
      const earlier = first[key].get(text);
      first[key].set(text, earlier ?? path);
      if (earlier === undefined) continue;
      isDouble = true;
      const message = `${formatKeyPath(path)} ${formatFound(tree, path)} is already ${formatKeyPath(earlier)}.`;
      const hint = 'A name goes on under one other, and from one other: remove one of the lines.';
      problems.push(createProblem(tree, { code: 'config/duplicate-rename', path, message, hint }));
    }
    if (isDouble) continue;
    later.set(from, to);
    if (!leadsBack(later, from)) continue;
    const path = ['renames', index, 'to'];
    const message = `${formatKeyPath(path)} leads back to ${formatFound(tree, ['renames', index, 'from'])}.`;
    const hint = 'Name what it is called now last, and remove the line that leads back.';
    problems.push(createProblem(tree, { code: 'config/rename-loop', path, message, hint }));
    // Once is enough for each circle.
    later.delete(from);
  }
  return problems;
}

function leadsBack(later: ReadonlyMap<string, string>, from: string): boolean {
  let name = later.get(from);
  // No circle is left among those before, so that this comes to an end.
  while (name !== undefined && name !== from) name = later.get(name);
  return name === from;
}

function checkIpfs(tree: YamlTree, file: Keys): readonly ConfigProblem[] {
  const artifacts = file['artifacts'];
  const ipfs = isKeys(artifacts) ? artifacts['ipfs'] : null;
  if (!isKeys(ipfs) || (ipfs['host'] ?? ipfs['url'] ?? null) !== null) return [];
  const path = ['artifacts', 'ipfs'];
  const message = 'artifacts.ipfs has neither host nor url.';
  const hint = 'Example: host: "192.168.0.4".';
  return [createProblem(tree, { code: 'config/missing-key', path, message, hint })];
}
