/**
 * The list of decisions in a repo, wherever it is read: at a commit that is judged, or in a folder. A list that cannot be
 * read decides nothing, and whoever asks is told of it, once however many commits have the same mistake.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DECISIONS_FILE, type Decision, parseDecisions } from '../config/decisions.ts';
import { ConfigError, findSystemCode, formatThrown, TraceyError } from '../errors.ts';
import type { Repository } from '../repository/git.ts';
import { readFileAt } from '../repository/read.ts';

export interface RepoDecisions {
  /** What the repo has decided at a commit, in the list's order. */
  readonly readAt: (sha: string) => Promise<readonly Decision[]>;
  /** Says what is wrong with the list in the work tree, and no more: what is not committed decides nothing. */
  readonly checkWorkTree: () => Promise<void>;
}

/** The lists of a repo; `onProblem` hears of one that cannot be read, with every place in it. */
export function openRepoDecisions({
  repository,
  onProblem,
}: {
  readonly repository: Repository;
  readonly onProblem: (problem: TraceyError) => void;
}): RepoDecisions {
  const told = new Set<string>();
  const read = new Map<string, Promise<readonly Decision[]>>();
  const attempt = async (readText: () => Promise<string | null>): Promise<readonly Decision[]> => {
    try {
      return parseDecisions((await readText()) ?? '', DECISIONS_FILE);
    } catch (thrown) {
      if (!(thrown instanceof TraceyError)) throw thrown;
      if (!told.has(thrown.message)) onProblem(thrown);
      told.add(thrown.message);
      return [];
    }
  };
  return {
    readAt(sha) {
      const reading = read.get(sha) ?? attempt(() => readFileAt(repository, { sha, path: DECISIONS_FILE }));
      read.set(sha, reading);
      return reading;
    },
    async checkWorkTree() {
      await attempt(() => findDecisionsText(join(repository.root, DECISIONS_FILE)));
    },
  };
}

/**
 * The text of a list in a folder; null when there is none.
 *
 * @param label what messages call the file
 * @throws ConfigError `decisions/unreadable`
 */
export async function findDecisionsText(file: string, label = DECISIONS_FILE): Promise<string | null> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    if (findSystemCode(cause) === 'ENOENT') return null;
    throw new ConfigError(`${label}: cannot be read: ${formatThrown(cause)}.`, {
      code: 'decisions/unreadable',
      hint: 'It must be a file of text that whoever runs Tracey may read.',
      cause,
    });
  }
}
