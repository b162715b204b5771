import { describe, expect, test } from 'vitest';
import {
  createScreener,
  type ScreenedRun,
  type Screener,
  type Screening,
  toColumns,
} from '../../core/analysis/screener.ts';
import { createRandom } from './random.ts';

const SHARED = { minimumRatio: 0.05, machine: 'shared' } as const;
const TESTS = Array.from({ length: 30 }, (_, index) => `test ${index}`);
const SIGMA = 0.04;

/** What a test takes in a run, before noise; null = not measured. */
type Level = (name: string, run: number) => number | null;

interface Told extends Screening {
  readonly seen: number;
}

function makeRuns(
  count: number,
  computeLevel: Level,
  runner: (run: number) => string = () => 'r1',
): ScreenedRun[] {
  const { normal } = createRandom(5);
  return Array.from({ length: count }, (_, run) => ({
    run,
    runner: runner(run),
    tests: Object.fromEntries(
      TESTS.map((name) => {
        const level = computeLevel(name, run);
        return [name, level === null ? null : Math.round(level * Math.exp(SIGMA * normal()))];
      }),
    ),
  }));
}

function screenAll(screener: Screener, runs: readonly ScreenedRun[]): Told[] {
  return runs.map((run) => ({ ...screener.screen(toColumns(run)), seen: run.run }));
}

function listChanges(told: readonly Told[]) {
  return told.flatMap(({ changes, seen }) => changes.map((change) => ({ ...change, seen })));
}

function listMachineChanges(told: readonly Told[]) {
  return told.flatMap(({ machineChanges, seen }) => machineChanges.map((change) => ({ ...change, seen })));
}

describe('screening', () => {
  test('tells nothing while nothing happens', () => {
    const told = screenAll(
      createScreener<string>(SHARED),
      makeRuns(200, () => 200),
    );
    expect(listChanges(told)).toEqual([]);
    expect(listMachineChanges(told)).toEqual([]);
  });

  test('tells once of a test that became slower: which, from where, how much', () => {
    const runs = makeRuns(80, (name, run) => (name === 'test 4' && run >= 40 ? 300 : 200));
    const changes = listChanges(screenAll(createScreener<string>(SHARED), runs));
    expect(changes).toMatchObject([{ test: 'test 4', at: 40, direction: 'slower' }]);
    const [change] = changes;
    expect(change?.ratio).toBeCloseTo(1.5, 0);
    expect(change?.ratioLow).toBeLessThan(1.5);
    expect(change?.ratioHigh).toBeGreaterThan(1.5);
    expect(change?.seen).toBeLessThan(50);
  });

  test('needs fewer runs for a larger change', () => {
    const findSeen = (ratio: number) => {
      const runs = makeRuns(80, (name, run) => (name === 'test 4' && run >= 40 ? 200 * ratio : 200));
      return (
        listChanges(screenAll(createScreener<string>(SHARED), runs))[0]?.seen ?? Number.POSITIVE_INFINITY
      );
    };
    expect(findSeen(2)).toBeLessThan(findSeen(1.12));
  });

  describe('of a step that tests of one file show', () => {
    const ofTen = (name: string) => Math.floor(Number(name.slice(5)) / 10);
    const findSeen = (slowed: readonly string[], findFile?: (name: string) => number) => {
      const runs = makeRuns(100, (name, run) => (slowed.includes(name) && run >= 60 ? 260 : 200));
      const told = screenAll(createScreener<string>({ ...SHARED, ...(findFile && { findFile }) }), runs);
      return new Map(listChanges(told).map(({ test, at, seen }) => [test, { at, seen }]));
    };
    const together = ['test 1', 'test 4', 'test 7'];

    test('is told sooner than of one test alone, which may have fallen into a mode', () => {
      const alone = findSeen(['test 4'], ofTen).get('test 4');
      const shared = findSeen(together, ofTen);
      expect([...shared.keys()].sort()).toEqual(together);
      expect(alone?.at).toBe(60);
      for (const { at, seen } of shared.values()) {
        expect(at).toBe(60);
        expect(seen).toBeLessThan(alone?.seen ?? 0);
      }
    });

    test('waits for each alone where the files are others, or unknown', () => {
      const alone = findSeen(['test 4'], ofTen).get('test 4');
      const apart = findSeen(['test 4', 'test 14', 'test 24'], ofTen);
      expect([...apart.keys()].sort()).toEqual(['test 14', 'test 24', 'test 4']);
      expect(apart.get('test 4')).toEqual(alone);
      expect(findSeen(together).get('test 4')).toEqual(alone);
    });

    test('takes it for no mode, though one of them has been there before', () => {
      const findAt = (slowed: readonly string[]) => {
        const runs = makeRuns(100, (name, run) => {
          if (name === 'test 4' && run >= 20 && run < 26) return 280;
          return slowed.includes(name) && run >= 60 && run < 68 ? 280 : 200;
        });
        const told = listChanges(screenAll(createScreener<string>({ ...SHARED, findFile: ofTen }), runs));
        return told.flatMap(({ test, at, direction }) =>
          test === 'test 4' && direction === 'slower' ? [at] : [],
        );
      };
      expect(findAt(['test 4'])).toEqual([]);
      expect(findAt(together)).toEqual([60]);
    });
  });

  test('waits the longer for a step of one test alone, the fewer runs there were before', () => {
    const findDelay = (at: number) => {
      const runs = makeRuns(180, (name, run) => (name === 'test 4' && run >= at ? 300 : 200));
      const [change] = listChanges(screenAll(createScreener<string>(SHARED), runs));
      return (change?.seen ?? Number.POSITIVE_INFINITY) - at;
    };
    expect(findDelay(120)).toBeLessThan(findDelay(12));
  });

  test('tells when it becomes faster again', () => {
    const runs = makeRuns(120, (name, run) => (name === 'test 4' && run >= 40 && run < 80 ? 300 : 200));
    expect(listChanges(screenAll(createScreener<string>(SHARED), runs))).toMatchObject([
      { at: 40, direction: 'slower' },
      { at: 80, direction: 'faster' },
    ]);
  });

  test('calls it the machine when every test is slower at once', () => {
    const told = screenAll(
      createScreener<string>(SHARED),
      makeRuns(100, (_, run) => (run >= 50 ? 260 : 200)),
    );
    expect(listChanges(told)).toEqual([]);
    expect(listMachineChanges(told)).toMatchObject([{ runner: 'r1', at: 50 }]);
  });

  test('does not blame a test that waits for a timer when the machine becomes slower or faster', () => {
    for (const after of [260, 150]) {
      const told = screenAll(
        createScreener<string>(SHARED),
        makeRuns(100, (name, run) => (name === 'test 7' || run < 50 ? 200 : after)),
      );
      expect(listChanges(told)).toEqual([]);
    }
  });

  test('blames a commit that slows a third of the tests, not the machine', () => {
    const slowed = new Set(TESTS.slice(0, 10));
    const told = screenAll(
      createScreener<string>(SHARED),
      makeRuns(100, (name, run) => (slowed.has(name) && run >= 50 ? 260 : 200)),
    );
    expect(new Set(listChanges(told).map((change) => change.test))).toEqual(slowed);
    expect(listMachineChanges(told)).toEqual([]);
  });

  test('puts the runs of two machines together, one of which is slower', () => {
    const isSlow = (run: number) => run % 3 === 1;
    const runs = makeRuns(
      120,
      (name, run) => (isSlow(run) ? 280 : 200) * (name === 'test 4' && run >= 70 ? 1.4 : 1),
      (run) => (isSlow(run) ? 'r2' : 'r1'),
    );
    const told = screenAll(createScreener<string>(SHARED), runs);
    expect(listChanges(told)).toMatchObject([{ test: 'test 4', at: 70, direction: 'slower' }]);
    expect(listMachineChanges(told)).toEqual([]);
  });

  describe('of a test that goes to and fro between two levels', () => {
    const computeLevel: Level = (name, run) => (name === 'test 4' && run >= 40 && run % 40 < 16 ? 300 : 200);
    const findSlower = (machine: 'shared' | 'none') =>
      listChanges(
        screenAll(createScreener<string>({ minimumRatio: 0.05, machine }), makeRuns(180, computeLevel)),
      ).flatMap(({ direction, at }) => (direction === 'slower' ? [at] : []));

    test('tells once, then knows its two modes', () => {
      expect(findSlower('shared')).toEqual([40]);
    });

    test('tells every time, where nothing is known of a machine', () => {
      expect(findSlower('none')).toEqual([40, 80, 120, 160]);
    });
  });

  test('leaves changes below the smallest ratio alone', () => {
    const runs = makeRuns(80, (name, run) => (name === 'test 4' && run >= 40 ? 300 : 200));
    expect(listChanges(screenAll(createScreener<string>({ ...SHARED, minimumRatio: 0.8 }), runs))).toEqual(
      [],
    );
  });

  test('takes the median of several samples, so that one slow sample counts for nothing', () => {
    const runs = makeRuns(60, () => 200).map((run) => ({
      ...run,
      tests: Object.fromEntries(
        Object.entries(run.tests).map(([name, ms]) => [name, [ms as number, 9000, ms as number]]),
      ),
    }));
    expect(listChanges(screenAll(createScreener<string>(SHARED), runs))).toEqual([]);
  });

  test('gets along with tests that come, go, fail and have no sensible clock', () => {
    const strange = [null, Number.NaN, -5, Number.POSITIVE_INFINITY];
    const runs = makeRuns(100, (name, run) => {
      if (name === 'test 1') return run < 60 ? 200 : null;
      if (name === 'test 2') return run < 60 ? null : 200;
      return 200;
    }).map((run) => ({
      ...run,
      tests: {
        ...run.tests,
        'test 3': strange[run.run % 4] as number | null,
        'test 5': [],
        'test 6': [null, -1],
      },
    }));
    const told = screenAll(createScreener<string>(SHARED), runs);
    expect(listChanges(told)).toEqual([]);
    expect(listMachineChanges(told)).toEqual([]);
  });

  test.each([
    ['0', 0],
    ['12', 12],
  ])('tells nothing of tests that always take %s ms', (_, ms) => {
    const runs = Array.from({ length: 60 }, (_, run) => ({ run, runner: 'r1', tests: { a: ms, b: ms } }));
    expect(listChanges(screenAll(createScreener<string>(SHARED), runs))).toEqual([]);
  });

  test('believes a finer clock when it sees one', () => {
    const { normal } = createRandom(2);
    const runs = Array.from({ length: 80 }, (_, run) => {
      const ms = (run < 40 ? 0.02 : 0.04) * Math.exp(SIGMA * normal());
      return { run, runner: 'r1', tests: { small: run === 0 ? 0 : ms, other: run === 0 ? 12 : 12.345 + ms } };
    });
    expect(listChanges(screenAll(createScreener<string>(SHARED), runs))).toMatchObject([
      { test: 'small', at: 40 },
    ]);
  });

  test('remembers a bounded past, and goes on finding', () => {
    const runs = makeRuns(1000, (name, run) => (name === 'test 4' && run >= 960 ? 300 : 200));
    expect(listChanges(screenAll(createScreener<string>(SHARED), runs))).toMatchObject([
      { test: 'test 4', at: 960 },
    ]);
  });

  test('refuses runs that do not come in their order', () => {
    const screener = createScreener<string>(SHARED);
    screener.screen(toColumns({ run: 7, runner: 'r1', tests: {} }));
    expect(() => screener.screen(toColumns({ run: 7, runner: 'r1', tests: {} }))).toThrow(
      'run 7 comes after run 7',
    );
  });

  test('says the smallest change a test could show: the larger its noise, the larger that', () => {
    const screener = createScreener<string>(SHARED);
    const { normal } = createRandom(11);
    for (let run = 0; run < 60; run++) {
      const tests = { calm: 1000 * Math.exp(0.001 * normal()), wild: 1000 * Math.exp(0.2 * normal()) };
      screener.screen(toColumns({ run, runner: 'r1', tests }));
    }
    expect(screener.findPresentLevel('calm')?.smallestChange).toBe(1.05);
    expect(screener.findPresentLevel('wild')?.smallestChange).toBeGreaterThan(1.2);
    expect(screener.findPresentLevel('unknown')).toBeNull();
  });
});
