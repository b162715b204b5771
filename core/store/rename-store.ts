/**
 * What a store knows of tests that are called something else than before: which subject goes on where an earlier one ended, as
 * the repo's configuration says. As in `store.ts`, it judges nothing.
 */

/** `test/a.js > app > old` is now called `test/a.js > app > new`; so is everything beneath it, for a file or suite. */
export interface Rename {
  readonly from: string;
  readonly to: string;
}

/** A rename of two subjects that the store has. Numbers mean something within it alone. */
export interface StoredRename extends Rename {
  readonly subjectId: number;
  readonly earlierId: number;
}

/** A test as it was in one run, whatever its outcome. */
export interface RunTest {
  readonly subjectId: number;
  /** The subject of its file. */
  readonly fileId: number;
  /** Hash of the text of its body; null where it is unknown. */
  readonly body: string | null;
}

/** What a test is called. */
export interface TestTitle {
  readonly path: string;
  /** From the outermost suite inwards. */
  readonly title: readonly string[];
  readonly occurrence: number;
}

export interface RenameStore {
  /**
   * Keeps which subjects of a repository (`owner/name`) go on where others ended, in the place of what it knew: histories of
   * the later ones then begin with those of the earlier ones. Lines of which the store has not both sides say nothing.
   */
  writeRenames(repository: string, renames: readonly Rename[]): Promise<void>;
  /** Those of a repository, by the names that the subjects have. */
  readRenames(repository: string): Promise<readonly StoredRename[]>;
  /** The tests that a run had, with their bodies. */
  readRunTests(runId: string): Promise<readonly RunTest[]>;
  /** What tests are called, by their numbers. */
  readTestTitles(subjectIds: Iterable<number>): Promise<ReadonlyMap<number, TestTitle>>;
}
