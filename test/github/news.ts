/** Made-up news for tests, and GitHub's Markdown as HTML. */
import { micromark } from 'micromark';
import { gfm, gfmHtml } from 'micromark-extension-gfm';
import type { GitHubContext } from '../../action/github/event.ts';
import type { NewsContext } from '../../action/github/news-context.ts';
import type { TestComparison } from '../../core/analysis/compare.ts';
import type { ChangeKind, ChangeNews, FailingTest, JobNews, RunNews, Since } from '../../core/notify/news.ts';
import type { StoredChange } from '../../core/store/change-store.ts';
import { createRun } from '../../scripts/bench/runs.ts';

/** Texts that would do something somewhere: in Markdown, HTML, a log, on a terminal, or to a person. */
export const HOSTILE = [
  '<img src=x onerror=alert(1)><script>alert(1)</script>',
  '</code></td></table><a href="https://evil.example">click</a><!--',
  'a | b || c \\| d \\\\| e |',
  '`code` ``two`` `',
  '```\n</details>\n# heading',
  `${'`'.repeat(300)}<b>bold</b>`,
  '[link](https://evil.example) ![image](https://evil.example/x.png) <https://evil.example>',
  'https://evil.example www.evil.example evil@example.com @octocat @happner/team #123 GH-1 happner/sample#1',
  '**bold** _it_ ~~gone~~ ==x== $x$ :tada: &lt;b&gt; &#64;octocat',
  '::error::no ::add-mask::e ##[add-mask]e %0A::set-output name=x::y',
  'first\r\n::error::second\n\n- item\n> quote',
  'right \u202egnp.exe\u202c, bell \u0007, colour \u001b[31m, null \u0000, zero \u200b width',
  '  leading and trailing  ',
  '\\',
  '',
  '\ud800 half a character',
  'x'.repeat(10_000),
] as const;

/** News of one run on Node 24 that passed and has nothing to be compared with. */
export function createRunNews(overrides: Partial<RunNews> = {}): RunNews {
  const { files: _, ...run } = createRun({ files: 2, testsPerFile: 12, samples: 3 }, 7);
  return { run, failing: [], since: null, trendMs: [], ...overrides };
}

export function createNews(overrides: Partial<JobNews> = {}): JobNews {
  return {
    repository: 'happner/sample',
    outcome: 'passed',
    runs: [createRunNews()],
    failures: [],
    waitedMs: 0,
    skippedBecause: null,
    changes: [],
    machineChanges: [],
    renames: [],
    vanished: [],
    runners: { overdue: [], back: [] },
    ...overrides,
  };
}

export function createSince(changes: readonly TestComparison[] = []): Since {
  return {
    runId: '1767225600000_00000000-0000-4000-8000-000000000000',
    commit: createRun({ files: 1, testsPerFile: 1, samples: 1 }, 6).commitDetails,
    isBase: true,
    ratio: 1.124,
    slower: changes.filter(({ verdict }) => verdict === 'slower').length,
    faster: changes.filter(({ verdict }) => verdict === 'faster').length,
    changes,
    added: 0,
    removed: 0,
    isUnknown: false,
  };
}

/** A test that takes 12.4 % longer than before. */
export function createChange(overrides: Partial<TestComparison> = {}): TestComparison {
  return {
    path: 'test/router.js',
    title: ['Router', 'should match'],
    baseMs: 1.2,
    headMs: 1.3488,
    ratio: 1.124,
    verdict: 'slower',
    baseOutcome: 'passed',
    headOutcome: 'passed',
    ...overrides,
  };
}

/** A proven slow-down of that test, by 12.4 %. */
export function createFound(
  kind: ChangeKind = 'confirmed',
  overrides: Partial<StoredChange> = {},
): ChangeNews {
  const [base, head] = [6, 7].map((index) => createRun({ files: 1, testsPerFile: 1, samples: 1 }, index));
  if (!base || !head) throw new Error('there are no commits');
  const toText = ({ sha, subject, author, committedAt }: RunNews['run']['commitDetails']) => ({
    sha,
    subject,
    author,
    committedAt,
  });
  const isProven = kind === 'confirmed' || kind === 'standing' || kind === 'recovered';
  const change: StoredChange = {
    id: '0123456789ab',
    repository: 'happner/sample',
    runner: 'bench',
    role: 'primary',
    nodeLine: '24',
    jobType: 'performance-tracker-lite',
    isolation: 'file',
    environmentId: 1,
    subjectId: 1,
    subject: {
      kind: 'test',
      path: 'test/router.js',
      title: ['Router', 'should match'],
      occurrence: 1,
      text: 'test/router.js > Router > should match',
    },
    branch: 'main',
    direction: kind === 'faster' ? 'faster' : 'slower',
    origin: 'level',
    base: base.commit,
    head: head.commit,
    baseCommit: toText(base.commitDetails),
    headCommit: toText(head.commitDetails),
    beforeMs: 1.2,
    nowMs: 1.3488,
    ratio: 1.124,
    ratioLow: 1.1,
    ratioHigh: 1.15,
    pValue: 1e-6,
    headRunId: head.id,
    foundRunId: head.id,
    foundAt: head.startedAt,
    verdict: isProven
      ? {
          kind: 'confirmed',
          ratio: { value: 1.124, low: 1.11, high: 1.14 },
          level: 0.999,
          pairs: 34,
          base: base.commit,
          head: head.commit,
          reason: null,
        }
      : null,
    state: 'new',
    stateReason: null,
    stateBy: 'tracey',
    stateAt: head.startedAt,
    recoveredRunId: null,
    ...overrides,
  };
  const trendMs = [1.2, 1.21, null, 1.19, 1.35];
  const rest = { commits: 1, trendMs, differences: [], functions: [], isOver: false, until: null };
  return { kind, change, commit: change.headCommit, ...rest };
}

export function createFailing(overrides: Partial<FailingTest> = {}): FailingTest {
  return {
    path: 'test/router.js',
    title: ['Router', 'should match'],
    outcome: 'failed',
    reason: 'expected 1 to equal 2',
    stack: 'AssertionError: expected 1 to equal 2\n    at Context.<anonymous> (test/router.js:12:5)',
    line: 12,
    ...overrides,
  };
}

export function createContext(
  overrides: Partial<Omit<NewsContext, 'github'>> & { readonly github?: Partial<GitHubContext> } = {},
): NewsContext {
  const { commit } = createRunNews().run;
  return {
    sha: commit,
    runner: 'bench',
    role: 'primary',
    jobType: 'performance-tracker-lite',
    ...overrides,
    github: {
      repository: 'happner/sample',
      sha: commit,
      branch: 'main',
      event: 'pull_request',
      schedule: null,
      pullRequest: {
        number: 7,
        headSha: commit,
        baseSha: createSince().commit.sha,
        baseBranch: 'main',
        headRepository: 'happner/sample',
        isFork: false,
        givenLabel: null,
      },
      serverUrl: 'https://github.com',
      apiUrl: 'https://api.github.com',
      runUrl: 'https://github.com/happner/sample/actions/runs/1',
      ...overrides.github,
    },
  };
}

/** Markdown as HTML, with everything let through that GitHub's sanitizer would look at. */
export function renderHtml(markdown: string): string {
  return micromark(markdown, { allowDangerousHtml: true, extensions: [gfm()], htmlExtensions: [gfmHtml()] });
}

/** The tags of a page in order, with what they say. */
export function listTags(html: string): string[] {
  return html.match(/<[^>]*>/g) ?? [];
}

/** The text outside code: where GitHub makes links of `@name`, `#1` and addresses. */
export function findActiveText(html: string): string {
  return html.replace(/<(code|pre)>.*?<\/\1>/gs, '').replace(/<[^>]*>/g, ' ');
}

/** The texts of the code elements, in order. */
export function listCode(html: string): string[] {
  const texts = [...html.matchAll(/<code>(.*?)<\/code>/gs)].map((match) => match[1] ?? '');
  return texts.map((text) =>
    text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&quot;', '"').replaceAll('&amp;', '&'),
  );
}
