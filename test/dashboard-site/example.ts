/** A database with what the pages have to show: changes in every state, and, if wanted, texts that mean harm. */
import type { ProfileDifference } from '../../core/analysis/profile-difference.ts';
import { computeTotals, type RunReport } from '../../core/model.ts';
import type { ChangeDocument } from '../../core/store/change-store.ts';
import { openStore } from '../../core/store/open.ts';
import type { Series, Store } from '../../core/store/store.ts';
import { createDashboardRuns, listDashboardTags } from '../../scripts/bench/dashboard-data.ts';

const REPOSITORY = 'happner/sample';
const SHAPE = { runs: 120, files: 6, testsPerFile: 14, environments: 3, samples: 3 };

/** What must stay text wherever it is shown; each would leave a trace in `window.harmed` or the page if it did not. */
const HOSTILE = [
  '<img src=x onerror="window.harmed=1">',
  '<script>window.harmed=2</script>',
  '"><svg onload=window.harmed=3>',
  'javascript:window.harmed=4',
  '{{constructor.constructor("window.harmed=5")()}}',
  '\u202egnp.exe \u0000\u001b[31m red',
  '__proto__',
  'constructor',
  `${'long '.repeat(400)}end`,
  `${'x'.repeat(2000)}`,
  '   ',
  '\n\n\n',
] as const;

/** Markdown that tries to become more than text. */
const HOSTILE_MARKDOWN = `# <img src=x onerror="window.harmed = 1"> [up](#content)

[a](javascript:window.harmed=1) [b](JaVaScRiPt&colon;window.harmed=1) [c](data:text/html,<script>window.harmed=1</script>)
<javascript:window.harmed=1> ![d](javascript:window.harmed=1) ![e](https://elsewhere.example/pixel.png "f")
[g](//elsewhere.example/) [h](\u0001javascript:window.harmed=1) [i](file:///etc/passwd) [j]: javascript:window.harmed=1
<svg onload="window.harmed = 1"></svg> <a href="https://elsewhere.example" onclick="window.harmed = 1">k</a>

<script>window.harmed = 1</script>

| ${'long'.repeat(300)} | <b>l</b> |
| - | - |
| \`${'x'.repeat(900)}\` | m |
`;

/** What a job type may write of a run. */
const DOCUMENTS = [
  {
    name: 'summary.md',
    mediaType: 'text/markdown',
    content: `# What was found

**9.0.1** speaks the protocol of 9.0.0, but for [what is new](#what-is-new); see [the library](https://github.com/happner/happn-3).

> Measured against a server of the same version.

## What is new

1. \`connect\` takes a *token*
2. ~~login by hand~~
   - is gone
   - was never written down

| message   | bytes | since |
| --------- | ----: | :---: |
| \`login\`   |   112 | 7.0.0 |
| \`describe\` |    84 | 9.0.1 |

\`\`\`json
{ "action": "login", "eventId": 1 }
\`\`\`

---

![a picture](https://elsewhere.example/pixel.png) is not fetched, and <b>markup</b> stays text.
`,
  },
  { name: 'numbers.json', mediaType: 'application/json', content: '{ "messages": 12 }' },
  { name: 'log.txt', mediaType: 'text/plain', content: '# no heading\n*no emphasis*' },
];

/** Runs of one repository on two runners and two Node lines, and what was found in them. */
export async function writeExampleDatabase(file: string): Promise<void> {
  const runs = [...createDashboardRuns(SHAPE)].map(failOnce);
  const store = openStore({ file, keepDetailRuns: 20 });
  for (const run of runs) await store.writeRun(run);
  await store.writeTags(REPOSITORY, { tags: listDashboardTags(SHAPE), isComplete: true });
  await writeChanges(store, runs);
  await store.close();
}

/** A single run. */
export async function writeSmallDatabase(file: string): Promise<void> {
  const store = openStore({ file });
  const shape = { runs: 1, files: 2, testsPerFile: 5, environments: 1, samples: 1 };
  for (const run of createDashboardRuns(shape)) await store.writeRun(run);
  await store.close();
}

/** A run whose every text from outside means harm. */
export async function writeHostileDatabase(file: string): Promise<void> {
  const store = openStore({ file, keepDetailRuns: 20 });
  const shape = { ...SHAPE, runs: 24, files: 2, testsPerFile: HOSTILE.length, environments: 1 };
  const runs = [...createDashboardRuns(shape)].map(poison);
  for (const run of runs) await store.writeRun(run);
  const tags = HOSTILE.map((name, index) => ({ name, sha: runs[index]?.commit ?? '' }));
  await store.writeTags(REPOSITORY, { tags, isComplete: true });
  await writeChanges(store, runs);
  await store.close();
}

/** The newest run has a failure with a stack, for the pages that show one. */
function failOnce(run: RunReport, index: number, all: readonly RunReport[]): RunReport {
  if (index < all.length - 3) return run;
  const [first, ...files] = run.files;
  const [test, ...tests] = first?.tests ?? [];
  if (first === undefined || test === undefined) return run;
  const error = {
    message: 'expected 3 to equal 4',
    stack: 'Error: expected 3 to equal 4\n    at test/module-0.test.js:12:9',
  };
  const broken = { ...test, outcome: 'failed' as const, error, durationMs: null, samplesMs: [] };
  const changed = {
    ...first,
    outcome: 'failed' as const,
    reason: 'a test failed',
    tests: [broken, ...tests],
  };
  const measured = [changed, ...files];
  return {
    ...run,
    outcome: 'failed',
    files: measured,
    totals: computeTotals(measured),
    documents: DOCUMENTS,
  };
}

function poison(run: RunReport): RunReport {
  const harm = (index: number) => HOSTILE[index % HOSTILE.length] as string;
  return {
    ...run,
    runner: harm(1),
    commitDetails: { ...run.commitDetails, subject: harm(0), author: `${harm(2)} <a@b>`, branch: harm(1) },
    outcome: 'failed',
    reason: harm(0),
    framework: { name: harm(0), version: harm(1) },
    machine: {
      ...run.machine,
      facts: { ...run.machine.facts, hostname: harm(0), cpuModel: harm(1), os: harm(2) },
    },
    documents: [
      { name: harm(0), mediaType: 'text/html', content: harm(1) },
      {
        name: 'harm.md',
        mediaType: 'text/markdown',
        content: `${HOSTILE.join('\n\n')}\n\n${HOSTILE_MARKDOWN}`,
      },
    ],
    files: run.files.map((file, at) => ({
      ...file,
      path: at === 0 ? `test/${harm(0)}.js` : file.path,
      outcome: 'failed',
      reason: harm(2),
      error: { message: harm(0), stack: harm(1) },
      suites: [],
      tests: file.tests.map((test, index) => ({
        ...test,
        title: [harm(index + 1), harm(index)],
        outcome: 'failed' as const,
        reason: harm(0),
        error: { message: harm(index), stack: harm(index + 1) },
      })),
    })),
  };
}

/** One in each state, on two runners. */
async function writeChanges(store: Store, runs: readonly RunReport[]): Promise<void> {
  const { series } = await store.findSeries({ text: 'does what', limit: 12 });
  const found = series.length > 0 ? series : (await store.findSeries({ text: 'test/', limit: 12 })).series;
  const own = runs.filter(
    ({ runner, nodeLine }) => runner === runs[0]?.runner && nodeLine === runs[0]?.nodeLine,
  );
  const states = ['suspect', 'confirmed', 'undecided', 'refuted', 'recovered', 'confirmed'] as const;
  for (const [index, state] of states.entries()) {
    const one = found[index];
    const [base, head] = [
      own[Math.floor(own.length / 2) - 1],
      own[Math.floor(own.length / 2) + (index > 2 ? 1 : 0)],
    ];
    if (one === undefined || base === undefined || head === undefined) continue;
    await writeChange(store, {
      series: one,
      base,
      head,
      state,
      direction: index === 5 ? 'faster' : 'slower',
    });
  }
}

/** Where the time went, in functions that are called what the run's branch is: text of others. */
function createProfile(direction: 'slower' | 'faster', head: RunReport): ChangeDocument {
  const [base, now] = direction === 'slower' ? [40.2, 92.7] : [92.7, 40.2];
  const branch = head.commitDetails.branch ?? '';
  const content: ProfileDifference = {
    schema: 'tracey.profile/1',
    baseMs: 310.4,
    headMs: 310.4 + now - base,
    functions: [
      { name: `find ${branch}`, file: 'lib/index.js', line: 12, baseMs: base, headMs: now },
      { name: '(anonymous)', file: `lib/${branch}.js`, line: 3, baseMs: 0, headMs: 4.2 },
      { name: 'readFileSync', file: 'node:fs', line: 440, baseMs: 3.1, headMs: 6.3 },
      { name: '(garbage collector)', file: '', line: null, baseMs: 12, headMs: 8.5 },
    ],
  };
  return { name: 'profile', mediaType: 'application/json', content: JSON.stringify(content) };
}

interface WrittenChange {
  readonly series: Series;
  readonly base: RunReport;
  readonly head: RunReport;
  readonly state: 'suspect' | 'confirmed' | 'undecided' | 'refuted' | 'recovered';
  readonly direction: 'slower' | 'faster';
}

async function writeChange(
  store: Store,
  { series, base, head, state, direction }: WrittenChange,
): Promise<void> {
  const ratio = direction === 'slower' ? 1.35 : 0.8;
  const [change] = await store.writeScreening({
    lane: series,
    changes: [
      {
        subjectId: series.subjectId,
        branch: 'main',
        direction,
        origin: 'level',
        base: base.commit,
        head: head.commit,
        beforeMs: 12.4,
        nowMs: 12.4 * ratio,
        ratio,
        ratioLow: ratio - 0.04,
        ratioHigh: ratio + 0.05,
        pValue: 0.0001,
        headRunId: head.id,
        foundRunId: head.id,
        state: 'new',
        stateReason: null,
        stateBy: 'tracey',
      },
    ],
    machineChanges: [],
    smallest: [],
  });
  if (change === undefined || state === 'suspect') return;
  if (state === 'recovered') {
    await store.updateChange(change.id, {
      state: { state: 'recovered', reason: null, by: 'tracey' },
      recoveredRunId: head.id,
    });
    return;
  }
  await store.updateChange(change.id, {
    ...(state === 'confirmed' && { documents: [createProfile(direction, head)] }),
    verdict: {
      kind: state,
      ratio:
        state === 'undecided'
          ? null
          : { value: state === 'refuted' ? 1.01 : ratio, low: ratio - 0.08, high: ratio + 0.08 },
      level: 0.99,
      pairs: state === 'undecided' ? 3 : 48,
      base: base.commit,
      head: head.commit,
      reason: state === 'undecided' ? 'the base does not install' : null,
    },
  });
}
