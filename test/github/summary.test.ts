import { describe, expect, it } from 'vitest';
import { renderCollected } from '../../action/github/changes-markdown.ts';
import { renderComment } from '../../action/github/comment.ts';
import { renderSummary } from '../../action/github/summary.ts';
import { CHANGE_KINDS, type ChangeKind, type ChangeNews, type JobNews } from '../../core/notify/news.ts';
import { createVanished } from '../notify/findings-fixture.ts';
import {
  createChange,
  createContext,
  createFailing,
  createFound,
  createNews,
  createRunNews,
  createSince,
  findActiveText,
  HOSTILE,
  listCode,
  listTags,
  renderHtml,
} from './news.ts';

const context = createContext();

function createChanged(): JobNews {
  const changes = [
    createChange(),
    createChange({ title: ['Router', 'should param'], baseMs: 2, headMs: 1, ratio: 0.5, verdict: 'faster' }),
    createChange({ title: ['Router', 'should fail'], ratio: 1.01, verdict: 'same', headOutcome: 'failed' }),
  ];
  return createNews({
    runs: [createRunNews({ since: createSince(changes), trendMs: [1000, 1100, null, 1500] })],
  });
}

describe('renderSummary', () => {
  it('says what is apart from the run before, by how much, and since which commit', () => {
    const summary = renderSummary(createChanged(), context);
    const [head, base] = [context.sha, createSince().commit.sha];
    expect(summary).toContain('## ✅ Tracey: nothing became slower for sure\n');
    expect(summary).toContain(
      `\`happner/sample\` at [\`c0ffeec0ff\`](https://github.com/happner/sample/commit/${head}) ` +
        '`Change number 7 of the sample library`, branch `main`, with `performance-tracker-lite` on `bench` (primary)',
    );
    expect(summary).toContain(
      `### Node 24.1.0: compared with [\`c0ffeec0ff\`](https://github.com/happner/sample/compare/${base}...${head}) ` +
        '`Change number 6 of the sample library`\n',
    );
    expect(summary).toContain(
      [
        '| change | before | now | test |',
        '| ---: | ---: | ---: | --- |',
        '| +12.4 % slower | 1.20 ms | 1.35 ms | `test/router.js > Router > should match` |',
        '| -50.0 % faster | 2.00 ms | 1.00 ms | `test/router.js > Router > should param` |',
        '| passed → failed | 1.20 ms | 1.35 ms | `test/router.js > Router > should fail` |',
      ].join('\n'),
    );
  });

  it('has a row for each Node version, with the verdict and the trend', () => {
    const summary = renderSummary(createChanged(), context);
    expect(summary).toContain(
      '| 24.1.0 | ✅ passed | 24 in 2 files | ' +
        `${/\| 24 in 2 files \| ([^|]+) \|/.exec(summary)?.[1]} | +12.4 % | 1 | 1 | \`▁▂·█ 1.00 s – 1.50 s\` |`,
    );
  });

  it('shows what failed with its place, its reason and its stack', () => {
    const run = createRunNews({
      failing: [createFailing(), createFailing({ title: [], line: null, stack: null })],
    });
    const totals = { ...run.run.totals, passed: 22, failed: 2 };
    const news = createNews({
      outcome: 'failed',
      runs: [{ ...run, run: { ...run.run, outcome: 'failed', totals } }],
    });
    const summary = renderSummary(news, context);
    const url = `https://github.com/happner/sample/blob/${context.sha}/test/router.js`;
    expect(summary).toContain('## ❌ Tracey: 2 tests failed\n');
    expect(summary).toContain('| 24.1.0 | ❌ failed | 24 in 2 files, 2 failed |');
    expect(summary).toContain(
      `### Node 24.1.0: what failed\n\n- ❌ [\`test/router.js:12\`](${url}#L12) \`Router > should match\`: expected 1 to equal 2\n` +
        `- ❌ [\`test/router.js\`](${url}) the whole file: expected 1 to equal 2\n`,
    );
    expect(summary).toContain(
      '```text\nAssertionError: expected 1 to equal 2\n    at Context.<anonymous> (test/router.js:12:5)\n```',
    );
    expect(listTags(renderHtml(summary)).filter((tag) => tag === '<details>')).toHaveLength(1);
  });

  it('says in a neutral tone why nothing was measured', () => {
    const news = createNews({
      outcome: 'skipped',
      runs: [],
      skippedBecause: 'Pull request #7 comes from the fork @evil/sample.',
    });
    const summary = renderSummary(news, context);
    expect(summary).toContain('## ⚪ Tracey: not measured\n');
    const html = renderHtml(summary);
    expect(findActiveText(html).replaceAll('\u200b', '')).toContain(
      'Pull request #7 comes from the fork @evil/sample.',
    );
    expect(findActiveText(html)).not.toMatch(/@\w|#\d/);
  });

  it('says on which Node version nothing could be measured', () => {
    const news = createNews({
      outcome: 'aborted',
      runs: [],
      failures: [
        { nodeVersion: '0.12', message: 'Node 0.12: the registry does not answer.\nTry again later.' },
        { nodeVersion: null, message: 'The machine is busy.' },
      ],
    });
    expect(renderSummary(news, context)).toContain(
      '## ❌ Tracey: could not be measured\n\n' +
        `\`happner/sample\` at [\`c0ffeec0ff\`](https://github.com/happner/sample/commit/${context.sha}), ` +
        'with `performance-tracker-lite` on `bench` (primary)\n\n' +
        '- ❌ Node 0.12 not measured: Node 0.12: the registry does not answer. Try again later.\n' +
        '- ❌ Not measured: The machine is busy.\n',
    );
  });

  it('says what the figures rest on', () => {
    const summary = renderSummary(createNews({ waitedMs: 125_000 }), context);
    expect(summary).toContain(
      'There is nothing to compare with yet: no earlier commit was measured so on this machine.',
    );
    expect(summary).toContain('Waited 2 min 05 s for the machine.');
    expect(summary).toMatch(
      /`bench, Example CPU @ 2\.00GHz × 4, load [\d.]+ → [\d.]+, calibration [\d.]+ ms → [\d.]+ ms`; dependencies were there; mocha 11\.1\.0/,
    );
    expect(summary).toContain(`Run \`${createRunNews().run.id}\``);
  });

  it('tells a base that was not measured itself, and samples too few to compare', () => {
    const since = { ...createSince(), isBase: false, isUnknown: true, added: 1, removed: 2 };
    const summary = renderSummary(createNews({ runs: [createRunNews({ since })] }), context);
    expect(summary).toContain(
      '`Change number 6 of the sample library` (the nearest measured commit before it)\n',
    );
    expect(summary).toContain(
      'There are too few samples to tell what is slower or faster.\n\n1 test new, 2 tests gone',
    );
    expect(summary).toContain(
      'Nothing is called slower or faster on fewer than 3 samples: set `samples: 3` or more.',
    );
  });

  it("links to an Enterprise server's pages", () => {
    const github = { serverUrl: 'https://github.example.com' };
    expect(renderSummary(createChanged(), createContext({ github }))).toContain(
      'https://github.example.com/happner/sample/compare/',
    );
  });

  it('stays far below the limit however much there is to tell, and says how much is missing', () => {
    const long = '\u{1f600}`|<'.repeat(4000);
    const changes = Array.from({ length: 200 }, () => createChange({ title: [long] }));
    const failing = Array.from({ length: 50 }, () =>
      createFailing({ title: [long], reason: long, stack: `${long}\n`.repeat(100) }),
    );
    const since = { ...createSince(changes), slower: 100_000 };
    const run = createRunNews({ failing, since, trendMs: Array.from({ length: 40 }, (_, index) => index) });
    const totals = { ...run.run.totals, tests: 200_000, failed: 70_000 };
    const crowded = { ...run, run: { ...run.run, totals } };
    const one = renderSummary(createNews({ runs: [crowded] }), context);
    expect(Buffer.byteLength(one)).toBeLessThan(1_000_000);
    expect(one).toContain('\n… and 69950 more\n');
    expect(one).toContain('\n… and 99800 more\n');
    const news = createNews({ runs: Array.from({ length: 12 }, () => crowded) });
    const many = renderSummary(news, context);
    expect(Buffer.byteLength(many)).toBeLessThan(1_000_000);
    expect(listTags(renderHtml(many)).filter((tag) => tag === '<table>').length).toBeGreaterThan(12);
    const comment = renderComment(news, context);
    expect(Buffer.byteLength(comment)).toBeLessThan(65_536);
    expect(comment).toContain('The whole summary');
  });
});

function createHostileChange(kind: ChangeKind, text: string): ChangeNews {
  const { change, ...rest } = createFound(kind);
  const commit = { ...rest.commit, subject: text, author: text };
  return {
    ...rest,
    change: {
      ...change,
      nodeLine: text,
      subject: { ...change.subject, text: `test/${text}.js > ${text}` },
      stateReason: text,
      verdict: change.verdict && { ...change.verdict, reason: text },
    },
    commit,
    commits: 3,
    differences: [text],
    functions: [{ name: text, file: text, line: 3, baseMs: 1, headMs: 2 }],
  };
}

describe('what became slower', () => {
  it('is told commit by commit, with the interval, the trend and what grew most', () => {
    const functions = [{ name: 'match', file: 'lib/router.js', line: 12, baseMs: 1, headMs: 4.2 }];
    const found = { ...createFound(), functions };
    const other = createFound('confirmed', { nodeLine: '22' });
    const summary = renderSummary(createNews({ changes: [found, other] }), context);
    expect(summary).toContain('## ⚠️ Tracey: 2 tests slower, confirmed');
    const { sha } = found.commit;
    expect(summary).toContain(
      [
        '### Slower, confirmed',
        '',
        `Since [\`${sha.slice(0, 10)}\`](https://github.com/happner/sample/commit/${sha}) \`Change number 7 of the sample library\`, by A. Maintainer`,
      ].join('\n'),
    );
    expect(summary).toContain(
      '| +12.4 % slower | +11.0 % and +14.0 % | 1.20 ms | 1.35 ms | 24 | `test/router.js > Router > should match` | `▁▂·▁█ 1.19 ms – 1.35 ms` |',
    );
    expect(summary).toContain('What grew most: `match` in `lib/router.js:12` +3.20 ms.');
    expect(summary.match(/### Slower, confirmed/g)).toHaveLength(1);
  });

  it('names the range of commits where no one could be named', () => {
    const found = { ...createFound(), commits: 3 };
    const { base } = found.change;
    expect(renderSummary(createNews({ changes: [found] }), context)).toContain(
      `, or [one of the 2 commits before it](https://github.com/happner/sample/compare/${base}...${found.commit.sha})`,
    );
  });

  it('is kept apart from what is suspected, expected, faster, over, or was none', () => {
    const changes = (['suspect', 'decided', 'faster', 'recovered', 'refuted'] as const).map((kind) =>
      createFound(kind, kind === 'decided' ? { state: 'expected', stateReason: 'worth it' } : {}),
    );
    const summary = renderSummary(createNews({ changes }), context);
    const titles = summary.match(/^### (?!Node).*$/gm);
    expect(titles).toEqual([
      '### Perhaps slower',
      '### Slower, as somebody knows or expects',
      '### No longer slow',
      '### Faster',
    ]);
    expect(summary).toContain('worth it |');
    expect(summary).toContain('1 suspect of history turned out to be none when base and head ran by turns.');
  });
});

const OVERDUE = {
  repository: 'happner/sample',
  runner: 'field-1',
  role: 'field',
  jobType: 'performance-tracker-lite',
  lastStartedAt: '2026-03-01T02:10:00.000Z',
  dueAt: '2026-03-02T04:00:00.000Z',
} as const;

describe('what is over', () => {
  it('is told with the commit that began it and the one that ended it', () => {
    const found = createFound('recovered');
    const until = { ...found.commit, sha: 'e'.repeat(40) };
    const summary = renderSummary(createNews({ changes: [{ ...found, until }] }), context);
    expect(summary).toContain(
      `, until [\`eeeeeeeeee\`](https://github.com/happner/sample/commit/${'e'.repeat(40)}) |`,
    );
  });
});

describe('what was collected', () => {
  it('is told environment by environment, and why its suspects stay what they are', () => {
    const found = createFound('suspect');
    const { change } = found;
    const collected = [{ lane: { ...change, runner: '<b>' }, changes: [found], machineChanges: [] }];
    const markdown = renderCollected(collected, { github: context.github, limit: 9 });
    expect(markdown).toContain('**happner/sample on \\<b\\>, Node 24**');
    expect(markdown).toContain('### Perhaps slower');
    expect(markdown).toContain(
      'No experiment can be made here: base and head would have to run by turns on \\<b\\>.',
    );
    expect(renderCollected([], { github: context.github, limit: 9 })).toBe('');
  });
});

describe('what is missing', () => {
  it('is told: tests that are gone with their commit, machines that are overdue or back', () => {
    const vanished = [createVanished(), createVanished({ name: 'test/b.js', tests: 12 })];
    const runners = { overdue: [OVERDUE], back: [{ ...OVERDUE, runner: 'field-2' }] };
    const summary = renderSummary(createNews({ vanished, runners }), context);
    const link = `[\`cccccccccc\`](https://github.com/happner/sample/commit/${'c'.repeat(40)})`;
    expect(summary).toContain('### No longer there');
    expect(summary).toContain(link);
    expect(summary).toContain('a file with 12 tests');
    expect(summary).toContain('- ⚠️ Overdue: field-1 has not measured ');
    expect(summary).toContain('- Back: field-2 measures ');
  });
});

describe('Markdown of news', () => {
  function createHostile(text: string): JobNews {
    const run = createRunNews({
      failing: [createFailing({ path: `test/${text}.js`, title: [text, text], reason: text, stack: text })],
      since: {
        ...createSince([createChange({ path: `test/${text}.js`, title: [text, text] })]),
        commit: { ...createSince().commit, subject: text, author: text },
      },
    });
    const { run: facts } = run;
    const hostname = { ...facts.machine.facts, hostname: text, cpuModel: text };
    return createNews({
      // As long as GitHub lets a name be.
      repository: `happner/${text.slice(0, 100)}`,
      runs: [
        {
          ...run,
          run: {
            ...facts,
            runner: text,
            commitDetails: { ...facts.commitDetails, subject: text, branch: text || null },
            framework: { name: text, version: text },
            dependencies: { source: 'installed', packageManager: text, durationMs: 1 },
            machine: { ...facts.machine, facts: hostname },
          },
        },
      ],
      failures: [{ nodeVersion: text, message: text }],
      changes: CHANGE_KINDS.map((kind) => createHostileChange(kind, text)),
      machineChanges: [
        {
          ...createFound().change,
          runner: text,
          nodeLine: text,
          runId: text,
          ratio: 1.3,
          calibrationRatio: 1.2,
          causes: [`kernel ${text} → ${text}`],
          startedAt: '',
          commit: context.sha,
          committedAt: '',
        },
      ],
      vanished: [createVanished({ name: text, nodeLines: [text] })],
      runners: { overdue: [{ ...OVERDUE, runner: text }], back: [{ ...OVERDUE, repository: text }] },
    });
  }

  const withoutCode = (html: string) =>
    listTags(html)
      .map((tag) =>
        tag
          .replace(/ href="https:\/\/github\.com\/happner[^"]*"/, ' href')
          .replace(/tracey [0-9a-f]{32}/, 'tracey'),
      )
      .filter((tag) => !/^<\/?code/.test(tag));

  it.each([
    ['summary', renderSummary],
    ['comment', renderComment],
  ] as const)('in the %s has no element, link or mention that comes from a name', (_, render) => {
    const plain = withoutCode(renderHtml(render(createHostile('plain'), context)));
    for (const text of HOSTILE) {
      const hostile = createContext({ runner: text, jobType: text });
      const html = renderHtml(render(createHostile(text), hostile));
      expect(withoutCode(html)).toEqual(plain);
      expect(findActiveText(html)).not.toMatch(/@\w|#\d|https?:\/\/|www\.\w|GH-\d/);
      expect(html).not.toMatch(/[\u202e\u0007\u001b\u0000]/);
    }
  });

  it('shows names as they are', () => {
    const html = renderHtml(renderSummary(createHostile('<b> & `x` | "y"'), context));
    expect(listCode(html)).toContain('test/<b> & `x` | "y".js > <b> & `x` | "y" > <b> & `x` | "y"');
  });
});
