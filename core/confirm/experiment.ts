/**
 * An experiment: what is claimed of a test file between two commits, put to the test by running it at both. Whatever goes
 * wrong on the way is a reason, not an exception.
 */
import { mkdir, rm } from 'node:fs/promises';
import { posix, relative, sep } from 'node:path';
import type { ProfileDifference } from '../analysis/profile-difference.ts';
import { formatThrown } from '../errors.ts';
import { computeFirstLine } from '../measure/measurement.ts';
import { hasCommit, readFileAt } from '../repository/read.ts';
import type { CommitRange } from './bisect.ts';
import type { ExperimentOptions } from './options.ts';
import { type Decided, type PairOptions, runPairs, type SideName } from './pairs.ts';
import { findPinning } from './pinning.ts';
import { openProcesses } from './processes.ts';
import { profileSides } from './profile.ts';
import { type LentFile, openTrees, type PlacedCommit } from './trees.ts';

/** What is to be put to the test. */
export interface Question extends CommitRange {
  readonly file: string;
  readonly claims: PairOptions['claims'];
  readonly alpha: number;
  readonly pairs: number;
  readonly isOver: () => boolean;
  /** The commit whose test file runs on both sides where they differ; left out: head's. */
  readonly testsOf?: string;
  /** Whether a change that is found is to be profiled. */
  readonly profiles: boolean;
}

/** What came of it; with a reason where no pair could be run. */
export type Answer =
  | {
      readonly decided: readonly Decided[];
      readonly testFile: TestFileUsed;
      readonly profile: ProfileDifference | null;
    }
  | { readonly reason: string };

/** Which test file ran at base: its own, the same as head's; or head's, because it had changed in between. */
export type TestFileUsed = 'unchanged' | 'head';

export interface Laboratory {
  /** The CPU that tested processes are kept on; null when they are not. */
  readonly cpu: number | null;
  ask(question: Question): Promise<Answer>;
  /** Test files of a commit, as its suite lists them. @throws as `Trees.place` */
  listFiles(sha: string): Promise<readonly string[]>;
  /** Ends everything and removes the folder. */
  close(): Promise<void>;
}

/** Prepares experiments. Only for whoever holds the machine. */
export async function openLaboratory(options: ExperimentOptions): Promise<Laboratory> {
  const { repository } = options;
  await mkdir(options.folder, { recursive: true, mode: 0o700 });
  const pinning = await findPinning(options.variables);
  const processes = openProcesses(options, pinning);
  const trees = openTrees(options, processes);

  /** The text that the file has in a commit; null when it is not there. */
  async function readText(sha: string, file: string): Promise<string | null> {
    const path = posix.normalize(
      posix.join(relative(repository.root, repository.folder).split(sep).join('/'), file),
    );
    if (path.startsWith('../') || posix.isAbsolute(path)) return null;
    return readFileAt(repository, { sha, path });
  }

  async function place(question: Question, side: SideName, lent: LentFile | null): Promise<PlacedCommit> {
    const sha = question[side];
    try {
      const text = lent === null ? null : await readText(sha, lent.path);
      return await trees.place(side, sha, lent === null || text === lent.text ? null : lent);
    } catch (thrown) {
      if (options.signal.aborted) throw thrown;
      throw new Refusal(
        `${side} ${formatSha(sha)} cannot be run: ${computeFirstLine(formatThrown(thrown))}`,
        thrown,
      );
    }
  }

  async function ask(question: Question): Promise<Answer> {
    const { base, head, file } = question;
    if (options.jobType.openSuite === undefined) {
      throw new Refusal(`${options.jobType.name} has no test suite whose files could be run by turns`);
    }
    for (const side of ['base', 'head'] as const) {
      if (!(await hasCommit(repository, question[side]))) {
        throw new Refusal(
          `${side} ${formatSha(question[side])} is not in the repository any more, or was never fetched`,
        );
      }
    }
    const texts = { base: await readText(base, file), head: await readText(head, file) };
    const testText = question.testsOf === undefined ? texts.head : await readText(question.testsOf, file);
    if (testText === null || (question.testsOf === undefined && texts.base === null)) {
      const [side, sha] = testText === null ? ['head', head] : ['base', base];
      throw new Refusal(`the test file is not there at ${side} ${formatSha(sha)}`);
    }
    const lent = { path: file, text: testText };
    const placed = {
      base: await place(question, 'base', lent),
      head: await place(question, 'head', lent),
    };
    const decided = await runPairs({
      ...question,
      sides: {
        base: () => placed.base.suite.runFile(file),
        head: () => placed.head.suite.runFile(file),
      },
      random: Math.random,
      onPairs: options.listener.onPairs,
    });
    const isChanged = decided.some(({ decision }) => decision === 'slower' || decision === 'faster');
    return {
      decided,
      testFile: texts.base === testText ? 'unchanged' : 'head',
      profile:
        question.profiles && isChanged && !options.signal.aborted
          ? await profileSides(placed, { file, folder: options.folder })
          : null,
    };
  }

  return {
    cpu: pinning?.cpu ?? null,
    async ask(question) {
      try {
        return await ask(question);
      } catch (thrown) {
        if (options.signal.aborted) return { reason: 'the time for confirming was up' };
        return {
          reason: thrown instanceof Refusal ? thrown.message : computeFirstLine(formatThrown(thrown)),
        };
      } finally {
        processes.endLeftovers();
      }
    },
    async listFiles(sha) {
      const { suite } = await trees.place('head', sha, null);
      return suite.files;
    },
    async close() {
      await trees.close();
      processes.close();
      await rm(options.folder, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}

/** Why a question cannot be answered, said in full. */
class Refusal extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, { cause });
  }
}

export function formatSha(sha: string): string {
  return sha.slice(0, 10);
}
