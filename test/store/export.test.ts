import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  computeTotals,
  type FileResult,
  type RunReport,
  reportSchema,
  type TestResult,
} from '../../core/model.ts';
import { CSV_COLUMNS, exportCsv, exportJson } from '../../core/store/export.ts';
import { importReport } from '../../core/store/import.ts';
import { openStore } from '../../core/store/open.ts';
import type { Store } from '../../core/store/store.ts';
import { createRun } from '../../scripts/bench/runs.ts';
import { createFolder, openTestStore } from './temporary.ts';

const SHAPE = { files: 2, testsPerFile: 3, samples: 2 };

async function join(chunks: AsyncIterable<string>): Promise<string> {
  let text = '';
  for await (const chunk of chunks) text += chunk;
  return text;
}

const codeUnits = fc
  .array(fc.integer({ min: 0, max: 0xff_ff }), { maxLength: 6 })
  .map((units) => String.fromCharCode(...units));
const title = fc.oneof(
  fc.string(),
  codeUnits,
  fc.constantFrom(
    '',
    'a',
    ' > ',
    'a > b',
    '#2',
    'a #2',
    '__proto__',
    '=1+1',
    "'",
    '"',
    '\n',
    '\u0000',
    '\ud83d',
  ),
);
const durationMs = fc.oneof(fc.constant(0), fc.double({ min: 0, max: 1e6, noNaN: true }));
const failure = fc.record({ message: codeUnits, stack: codeUnits }, { requiredKeys: ['message'] });

const test: fc.Arbitrary<TestResult> = fc.record(
  {
    title: fc.array(title, { minLength: 1, maxLength: 3 }),
    occurrence: fc.integer({ min: 2, max: 4 }),
    outcome: fc.constantFrom('passed', 'failed', 'skipped', 'aborted'),
    reason: codeUnits,
    error: failure,
    durationMs: fc.option(durationMs),
    hooksMs: fc.option(durationMs),
    cpuMs: fc.option(durationMs),
    attempts: fc.nat(3),
    samplesMs: fc.array(durationMs, { maxLength: 3 }),
  },
  { requiredKeys: ['title', 'outcome', 'durationMs', 'hooksMs', 'cpuMs', 'attempts', 'samplesMs'] },
);

const file: fc.Arbitrary<FileResult> = fc.record(
  {
    path: fc.oneof(title, fc.constantFrom('test/a.js', 'test/b.js')).map((text) => `p${text}`),
    outcome: fc.constantFrom('passed', 'failed', 'skipped', 'aborted'),
    reason: codeUnits,
    error: failure,
    durationMs: fc.option(durationMs),
    loadMs: fc.option(durationMs),
    peakRssBytes: fc.option(fc.maxSafeNat()),
    exitCode: fc.option(fc.maxSafeInteger()),
    signal: fc.option(codeUnits),
    fingerprint: fc.option(fc.constantFrom('a'.repeat(64), 'b'.repeat(64))),
    suites: fc.array(
      fc.record({
        title: fc.array(title, { minLength: 1, maxLength: 2 }),
        durationMs: fc.option(durationMs),
        hooksMs: fc.option(durationMs),
      }),
      { maxLength: 3 },
    ),
    tests: fc.array(test, { maxLength: 6 }),
    output: codeUnits,
  },
  {
    requiredKeys: [
      'path',
      'outcome',
      'durationMs',
      'loadMs',
      'peakRssBytes',
      'exitCode',
      'signal',
      'fingerprint',
      'suites',
      'tests',
    ],
  },
);

/** Runs of whatever files, of which no two have the same path once a database holds them. */
const runs: fc.Arbitrary<RunReport[]> = fc
  .array(
    fc.record({
      files: fc.uniqueArray(file, { maxLength: 3, selector: ({ path }) => path.toWellFormed() }),
      repository: fc.constantFrom('a/a', 'b/b'),
      subject: title,
    }),
    { maxLength: 4 },
  )
  .map((parts) =>
    parts.map(({ files, repository, subject }, index) => {
      const run = createRun({ files: 0, testsPerFile: 0, samples: 1 }, index);
      const commitDetails = { ...run.commitDetails, subject };
      return { ...run, repository, commitDetails, files, totals: computeTotals(files) };
    }),
  );

describe('exportJson', () => {
  it('gives a document that, imported into an empty database, is exported as the same document', async () => {
    const property = fc.asyncProperty(runs, fc.constantFrom(1, 100), async (written, keepDetailRuns) => {
      const folder = createFolder();
      const [one, two] = ['one.db', 'two.db'].map((name) =>
        openStore({ file: `${folder}/${name}`, keepDetailRuns }),
      );
      if (one === undefined || two === undefined) throw new Error('two stores were asked for');
      try {
        // The newest first: the order of export must not depend on that of writing.
        for (const run of written.toReversed()) await one.writeRun(run);
        const exported = await join(exportJson(one, '0.1.0'));
        expect(reportSchema.parse(JSON.parse(exported)).runs).toHaveLength(written.length);
        expect(await importReport(two, { report: exported })).toMatchObject({
          stored: written.length,
          known: 0,
          changes: 0,
        });
        expect(await join(exportJson(two, '0.1.0'))).toBe(exported);
      } finally {
        await one.close();
        await two.close();
      }
    });
    await fc.assert(property, { numRuns: 60 });
  });

  it('gives the runs back as they were written, in the order of their start', async () => {
    const store = openTestStore();
    const written = [createRun(SHAPE, 1), createRun(SHAPE, 2)];
    for (const run of written.toReversed()) await store.writeRun(run);
    expect(JSON.parse(await join(exportJson(store, '1.2.3')))).toEqual({
      schema: 'tracey.report/1',
      traceyVersion: '1.2.3',
      runs: written,
      changes: [],
      machineChanges: [],
    });
  });

  it('gives a report without runs when there are none', async () => {
    const text = await join(exportJson(openTestStore(), '0.1.0'));
    expect(reportSchema.parse(JSON.parse(text)).runs).toEqual([]);
  });

  it('lets runs be written while it is read', async () => {
    const store = openTestStore();
    await store.writeRun(createRun(SHAPE, 1));
    const ids: string[] = [];
    for await (const { run } of store.exportRuns()) {
      ids.push(run.id);
      if (ids.length === 1) await store.writeRun(createRun(SHAPE, 2));
    }
    expect(ids).toEqual([createRun(SHAPE, 1).id, createRun(SHAPE, 2).id]);
  });
});

describe('exportCsv', () => {
  async function writeTest(change: Partial<TestResult>, path = 'test/a.js'): Promise<Store> {
    const store = openTestStore();
    const run = createRun(SHAPE, 1);
    const [base] = run.files;
    const [first] = base?.tests ?? [];
    if (base === undefined || first === undefined) throw new Error('the run has no test');
    const plain = { hooksMs: null, cpuMs: null, durationMs: 1.5, samplesMs: [1, 2], body: '00000000000b' };
    await store.writeRun({ ...run, files: [{ ...base, path, tests: [{ ...first, ...plain, ...change }] }] });
    return store;
  }

  async function readLine(change: Partial<TestResult>, path?: string): Promise<string> {
    const text = await join(exportCsv(await writeTest(change, path)));
    const names = `${CSV_COLUMNS.join(',')}\r\n`;
    expect(text.startsWith(names)).toBe(true);
    expect(text.endsWith('\r\n')).toBe(true);
    return text.slice(names.length, -2);
  }

  it('gives a test result per line', async () => {
    const run = createRun(SHAPE, 1);
    expect(await readLine({ title: ['a', 'b'], occurrence: 2 })).toBe(
      [
        run.id,
        'happner/sample',
        run.commit,
        run.commitDetails.committedAt,
        'main,false,bench,primary,24.1.0,24,performance-tracker-lite,file',
        run.startedAt,
        'false,test/a.js,a > b,2,passed,1.5,,,1,1 2,,00000000000b',
      ].join(','),
    );
  });

  it.each([
    ['a,b', '"a,b"'],
    ['say "no"', '"say ""no"""'],
    ['two\nlines', '"two\nlines"'],
    ['two\rlines', '"two\rlines"'],
    ['=1+1', "'=1+1"],
    ['+1', "'+1"],
    ['-1', "'-1"],
    ['@SUM(A1)', "'@SUM(A1)"],
    ['\t=1', "'\t=1"],
    ['=HYPERLINK("http://example.org","x")', '"\'=HYPERLINK(""http://example.org"",""x"")"'],
    ["it's = fine", "it's = fine"],
  ])('writes the title %j as %s', async (text, cell) => {
    expect(await readLine({ title: [text] })).toContain(`,test/a.js,${cell},1,passed,`);
  });

  it('guards every text of the tested code, and no number', async () => {
    const line = await readLine({ reason: '=cmd', outcome: 'failed', durationMs: 1e-7 }, '=path');
    expect(line).toContain(",'=path,");
    expect(line.endsWith(",'=cmd,00000000000b")).toBe(true);
    expect(line).toContain(',failed,1e-7,');
  });
});
