/**
 * What a store knows of which files and tests a run had, whatever was measured of them. As in `store.ts`, it judges nothing.
 */
import type { Outcome } from '../model.ts';

/** A file of a run. */
export interface RunFile {
  readonly path: string;
  readonly outcome: Outcome;
}

/** A test, and the file that it is in. */
export interface TestPlace {
  readonly subjectId: number;
  readonly path: string;
}

export interface RunTestStore {
  /** The files of a run, by their paths. */
  listRunFiles(runId: string): Promise<readonly RunFile[]>;
  /** The tests that the run `had` had, whatever their outcome, and the run `has` has not. */
  listMissingTests(had: string, has: string): Promise<readonly TestPlace[]>;
}
