/** What is told of tests that are gone: words that finding them and telling of them share. */
import type { CommitText } from '../store/change-store.ts';

/** A test, or a file with all of its tests, that is gone. */
export interface VanishedTest {
  /** `test/app.js > app > works`, or the path of a file. */
  readonly name: string;
  /** Of a file: how many tests it had; null for a test. */
  readonly tests: number | null;
  /** Of a file: whether it is still there, and nothing runs it. */
  readonly isThere: boolean;
  /** Of the last run that had it, and of the first that has not. */
  readonly base: CommitText;
  readonly head: CommitText;
}

/** One that nobody was told of yet. */
export interface VanishedNews extends VanishedTest {
  /** Node lines on which this job does not have it. */
  readonly nodeLines: readonly string[];
}
