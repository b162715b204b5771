/**
 * Which steps tests of one file share. A test has modes of its own, and falls into them alone; what several tests of a file
 * show from the same run on is none of these. Whether a step is one at all is judged elsewhere.
 */
import { ARRIVING } from './rules.ts';

/** A step that a test shows. */
export interface ShownStep<Test> {
  readonly test: Test;
  /** The first run of the new level. */
  readonly at: number;
  readonly direction: 'slower' | 'faster';
}

export interface SharedSteps<Test> {
  /** To be called once for every test: how many a file has decides how many must share a step. */
  readonly addTest: (test: Test) => void;
  /** What the present run shows takes the place of what the run before it showed. */
  readonly show: (steps: readonly ShownStep<Test>[]) => void;
  /** A step that was told stays company for tests that show it later. */
  readonly keepTold: (step: ShownStep<Test>) => void;
  /** Whether enough other tests of its file show it, or were told of for it: in that direction, from about that run on. */
  readonly isShared: (step: ShownStep<Test>) => boolean;
}

/** What was told so many runs ago is company for nothing any more. */
const KEPT_RUNS = 100;

/** @param findFile the file of a test; undefined: it is of none, and shares nothing */
export function createSharedSteps<Test>(
  findFile: (test: Test) => string | number | undefined,
): SharedSteps<Test> {
  const sizes = new Map<string | number, number>();
  const told = new Map<string | number, ShownStep<Test>[]>();
  let shown = new Map<string | number, ShownStep<Test>[]>();
  return {
    addTest(test) {
      const file = findFile(test);
      if (file !== undefined) sizes.set(file, (sizes.get(file) ?? 0) + 1);
    },
    show(steps) {
      shown = new Map();
      for (const step of steps) {
        const file = findFile(step.test);
        if (file === undefined) continue;
        const ofFile = shown.get(file);
        if (ofFile) ofFile.push(step);
        else shown.set(file, [step]);
      }
    },
    keepTold(step) {
      const file = findFile(step.test);
      if (file === undefined) return;
      const recent = (told.get(file) ?? []).filter(({ at }) => at > step.at - KEPT_RUNS);
      told.set(file, [...recent, step]);
    },
    isShared(step) {
      const file = findFile(step.test);
      if (file === undefined) return false;
      const { within, by } = ARRIVING.shared;
      const needed = Math.max(1, by * ((sizes.get(file) ?? 1) - 1));
      const others = new Set<Test>();
      for (const steps of [shown.get(file) ?? [], told.get(file) ?? []]) {
        for (const { test, at, direction } of steps) {
          if (test === step.test || direction !== step.direction || Math.abs(at - step.at) > within) continue;
          if (others.add(test).size >= needed) return true;
        }
      }
      return false;
    },
  };
}
