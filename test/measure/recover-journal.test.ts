import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { ProbeEvent } from '../../core/measure/events.ts';
import { createJournal, type Journal } from '../../core/measure/journal.ts';
import type { FileMeasurement } from '../../core/measure/measurement.ts';
import { recoverJournal } from '../../core/measure/recover-journal.ts';
import { createSpool } from '../../core/measure/spool.ts';
import { gatherFiles } from '../gather-files.ts';
import { RUN_START } from '../run-start.ts';
import { makeTemporaryFolder } from '../temporary-folder.ts';

const METHOD = { framework: { name: 'mocha', version: '12.0.0' }, isolation: 'none', samples: 2 } as const;

function makeMeasurement(path: string): FileMeasurement {
  return {
    path,
    outcome: 'failed',
    reason: '1 of 2 tests failed',
    durationMs: 10,
    loadMs: null,
    peakRssBytes: null,
    exitCode: 1,
    signal: null,
    fingerprint: null,
    suites: [{ title: ['suite'], durationMs: 5, hooksMs: null }],
    tests: [
      { title: ['suite', 'a'], outcome: 'passed', durationMs: 2, hooksMs: 0, cpuMs: 2, attempts: 1 },
      {
        title: ['suite', 'b'],
        occurrence: 2,
        outcome: 'failed',
        reason: 'no',
        error: { message: 'no', stack: 'at b' },
        durationMs: 2,
        hooksMs: 0,
        cpuMs: null,
        attempts: 1,
      },
    ],
    output: 'printed',
  };
}

/** A journal as a killed job leaves it. */
function writeJournal(write: (journal: Journal, folder: string) => void): string {
  const folder = makeTemporaryFolder();
  const file = join(folder, 'journal');
  const journal = createJournal(file, RUN_START);
  write(journal, folder);
  return file;
}

async function recover(file: string) {
  const recovered = await recoverJournal(file);
  if (recovered === null) return null;
  onTestFinished(recovered.close);
  return { ...recovered, files: gatherFiles(recovered.files) };
}

/** The process that runs these files, and what it told. */
function begin(journal: Journal, of: { folder: string; files: string[]; events: ProbeEvent[] }): void {
  const events = join(of.folder, 'events');
  const files = of.files.map((file) => join('/repo', file));
  journal.begin({ repoFolder: '/repo', files, events });
  writeFileSync(events, of.events.map((event) => `${JSON.stringify(event)}\n`).join(''));
}

function defineTest(id: number, title: string, file = '/repo/a.js'): ProbeEvent {
  return { type: 'test', id, suite: 0, title, file };
}
function endTest(test: number): ProbeEvent[] {
  return [
    { type: 'test-start', test },
    { type: 'test-end', test, outcome: 'passed', ms: 1, cpuMs: 1, attempts: 1 },
  ];
}
const ROOT_SUITE: ProbeEvent = { type: 'suite', id: 0, parent: null, title: '', file: null, bail: false };

describe('the journal of a killed job', () => {
  it('gives back what was measured, how, and of what', async () => {
    const file = writeJournal((journal) => {
      journal.describe(METHOD);
      journal.add(makeMeasurement('a.js'));
      journal.add(makeMeasurement('b.js'));
      journal.add(makeMeasurement('a.js'));
    });
    const recovered = await recover(file);
    expect(recovered).toMatchObject({ start: RUN_START, method: METHOD, damage: null, isWorthKeeping: true });
    expect(recovered?.files.map(({ path }) => path)).toEqual(['a.js', 'b.js']);
    expect(recovered?.files[0]?.tests).toMatchObject([
      { title: ['suite', 'a'], samplesMs: [2, 2] },
      { title: ['suite', 'b'], occurrence: 2, error: { message: 'no', stack: 'at b' } },
    ]);
  });

  it('cut off anywhere gives back the files before that, in whole, and nothing else', async () => {
    const file = writeJournal((journal) => {
      journal.describe(METHOD);
      journal.add(makeMeasurement('a.js'));
      journal.add(makeMeasurement('b.js'));
    });
    const bytes = readFileSync(file);
    const whole = (await recover(file))?.files ?? [];
    const counts = new Set<number | null>();
    for (let length = 0; length <= bytes.length; length += 1) {
      writeFileSync(file, bytes.subarray(0, length));
      const recovered = await recoverJournal(file);
      const files = recovered && gatherFiles(recovered.files);
      recovered?.close();
      expect(files ?? []).toEqual(whole.slice(0, files?.length ?? 0));
      counts.add(files === null ? null : files.length);
    }
    expect([...counts]).toEqual([null, 0, 1, 2]);
  });

  it.each([
    ['a beginning that is none', [[['run', '{"id":"x"}']]]],
    ['no beginning', [[['method', JSON.stringify(METHOD)]]]],
    ['text that is no JSON', [[['run', 'garbage']]]],
    ['an entry that is nothing', [[[]]]],
  ])('with %s is refused', async (_, entries) => {
    const file = join(makeTemporaryFolder(), 'journal');
    const spool = createSpool(file);
    for (const entry of entries) spool.append(entry);
    spool.close();
    await expect(recoverJournal(file)).rejects.toMatchObject({
      code: 'spool/unreadable',
      message: `${file}: what was measured cannot be read back: entry 1 is none of ours.`,
    });
  });

  it.each([
    ['a kind that nobody knows', [['other', '{}']]],
    ['a file of no path', [['file', '{}'], [], []]],
    [
      'a test of no outcome',
      [
        ['file', JSON.stringify({ ...makeMeasurement('c.js'), suites: undefined, tests: undefined })],
        [],
        ['{"title":["x"]}'],
      ],
    ],
    ['a second beginning', [['run', JSON.stringify(RUN_START)]]],
  ])('is believed up to %s', async (_, entry) => {
    const file = join(makeTemporaryFolder(), 'journal');
    const { suites, tests, ...head } = makeMeasurement('a.js');
    const spool = createSpool(file);
    spool.append([['run', JSON.stringify(RUN_START)]]);
    spool.append([['file', JSON.stringify(head)], [], [...tests].map((test) => JSON.stringify(test))]);
    spool.append(entry);
    spool.append([['file', JSON.stringify({ ...head, path: 'b.js' })], [], []]);
    spool.close();
    const recovered = await recover(file);
    expect(recovered?.damage).toBe('entry 3 is none of ours');
    expect(recovered?.files.map(({ path }) => path)).toEqual(['a.js']);
  });

  it('is nothing when not even its beginning was written', async () => {
    const file = join(makeTemporaryFolder(), 'journal');
    writeFileSync(file, '');
    expect(await recover(file)).toBeNull();
  });
});

describe('the process that had its turn when the job was killed', () => {
  it('counts with the tests that finished, as it does after an interruption', async () => {
    const file = writeJournal((journal, folder) => {
      journal.add(makeMeasurement('first.js'));
      const events = [ROOT_SUITE, defineTest(1, 'ends'), defineTest(2, 'runs'), defineTest(3, 'waits')];
      begin(journal, {
        folder,
        files: ['a.js'],
        events: [...events, { type: 'start' }, ...endTest(1), { type: 'test-start', test: 2 }],
      });
    });
    const recovered = await recover(file);
    expect(recovered?.files[1]).toMatchObject({
      path: 'a.js',
      outcome: 'aborted',
      reason: 'interrupted in "runs"',
      durationMs: null,
      tests: [
        { title: ['ends'], outcome: 'passed', durationMs: 1 },
        { title: ['runs'], outcome: 'aborted', reason: 'interrupted in "runs"' },
        { title: ['waits'], outcome: 'aborted', reason: 'never ran: interrupted in "runs"' },
      ],
    });
  });

  it('counts once, when its measurement was there already', async () => {
    const file = writeJournal((journal, folder) => {
      begin(journal, { folder, files: ['a.js'], events: [ROOT_SUITE, defineTest(1, 'ends'), ...endTest(1)] });
      journal.add(makeMeasurement('a.js'));
    });
    expect((await recover(file))?.files).toMatchObject([{ path: 'a.js', outcome: 'failed' }]);
  });

  it('counts with those of its files whose measurements were not there yet', async () => {
    const file = writeJournal((journal, folder) => {
      const tests = [defineTest(1, 'x', '/repo/a.js'), defineTest(2, 'y', '/repo/b.js')];
      const events = [ROOT_SUITE, ...tests, { type: 'start' } as const, ...endTest(1), ...endTest(2)];
      begin(journal, { folder, files: ['a.js', 'b.js'], events });
      journal.add(makeMeasurement('a.js'));
    });
    const recovered = await recover(file);
    expect(recovered?.files).toMatchObject([
      { path: 'a.js', outcome: 'failed', tests: [{}, {}] },
      { path: 'b.js', tests: [{ title: ['y'], outcome: 'passed' }] },
    ]);
  });

  it('is not worth keeping alone when none of its tests finished', async () => {
    const file = writeJournal((journal, folder) => {
      const events = [ROOT_SUITE, defineTest(1, 'runs'), { type: 'start' } as const];
      begin(journal, { folder, files: ['a.js'], events });
    });
    expect(await recover(file)).toMatchObject({ isWorthKeeping: false, files: [{ path: 'a.js' }] });
  });

  it('told nothing more that counts once nobody read what it printed', async () => {
    const file = writeJournal((journal, folder) => {
      const tests = [defineTest(1, 'ends'), defineTest(2, 'prints'), defineTest(3, 'comes after it')];
      const error = { message: 'write EPIPE', stack: 'Error: write EPIPE' };
      const events = [ROOT_SUITE, ...tests, { type: 'start' } as const, ...endTest(1)];
      const later: ProbeEvent[] = [
        { type: 'test-start', test: 2 },
        { type: 'fail', test: 2, title: 'prints', error },
        ...endTest(3),
      ];
      begin(journal, { folder, files: ['a.js'], events: [...events, ...later] });
    });
    const [found] = (await recover(file))?.files ?? [];
    expect(found?.tests.map(({ outcome }) => outcome)).toEqual(['passed', 'aborted', 'aborted']);
  });
});
