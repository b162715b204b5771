/** News as Markdown: the sections that the job summary and the comment are made of. */
import { CLEARLY, type TestComparison } from '../../core/analysis/compare.ts';
import type { Outcome } from '../../core/model.ts';
import type { FailingTest, JobNews, RunNews, Since } from '../../core/notify/news.ts';
import { formatSparkline } from '../../core/notify/sparkline.ts';
import { formatTestName } from '../../core/text.ts';
import { formatCount, formatDuration, formatRatio } from '../../core/units.ts';
import { formatMachine } from '../report-text.ts';
import { renderFound } from './changes-markdown.ts';
import {
  renderCode,
  renderCodeBlock,
  renderDetails,
  renderLink,
  renderTable,
  renderText,
  type TableColumn,
} from './markdown.ts';
import { formatCommitUrl, formatCompareUrl, formatFileUrl, type NewsContext } from './news-context.ts';
import { renderRenames } from './renames-markdown.ts';
import { computeHeadline } from './verdict.ts';

/** How many of each are listed, for each run. */
export interface NewsLimits {
  readonly changes: number;
  readonly failing: number;
  readonly stacks: number;
}

/** Lines of one stack, and problems with measuring, that are shown however much room there is. */
const SHOWN = { stackLines: 12, failures: 20, sha: 10 } as const;

const MARKS: Readonly<Record<Outcome, string>> = { passed: '✅', failed: '❌', aborted: '❌', skipped: '⚪' };

/** Everything that there is to tell, as far as the limits let it in. */
export function renderNews(news: JobNews, context: NewsContext, limits: NewsLimits): string {
  const { mark, text } = computeHeadline(news);
  return [
    `## ${mark} Tracey: ${text}`,
    renderSubject(news, context),
    ...(news.skippedBecause === null ? [] : [renderText(news.skippedBecause)]),
    renderRuns(news.runs),
    renderFailures(news),
    ...news.runs.map((run) => renderFailing(run, { context, limits })),
    renderFound(news, context, limits.changes),
    renderRenames(news, limits.changes),
    ...news.runs.map((run) => renderChanges(run, { context, limits })),
    renderNotes(news),
  ]
    .filter((section) => section !== '')
    .join('\n\n');
}

function renderSubject({ repository, runs }: JobNews, context: NewsContext): string {
  const { sha, runner, role, jobType } = context;
  const commit = renderLink(renderCode(shorten(sha)), formatCommitUrl(context, repository, sha));
  const details = runs[0]?.run.commitDetails;
  const subject = details ? ` ${renderCode(details.subject, '(no message)')}` : '';
  const branch = details?.branch ? `, branch ${renderCode(details.branch)}` : '';
  return `${renderCode(repository)} at ${commit}${subject}${branch}, with ${renderCode(jobType)} on ${renderCode(runner)} (${role})`;
}

const RUN_COLUMNS: readonly TableColumn[] = [
  { title: 'Node', align: 'right' },
  { title: '' },
  { title: 'tests', align: 'right' },
  { title: 'total', align: 'right' },
  { title: 'change', align: 'right' },
  { title: 'slower', align: 'right' },
  { title: 'faster', align: 'right' },
  { title: 'trend' },
];

function renderRuns(runs: readonly RunNews[]): string {
  return renderTable(
    RUN_COLUMNS,
    runs.map(({ run, since, trendMs }) => {
      const { totals } = run;
      const bad = (['failed', 'aborted', 'skipped'] as const)
        .filter((kind) => totals[kind] > 0)
        .map((kind) => `, ${totals[kind]} ${kind}`)
        .join('');
      const trend = formatSparkline(trendMs);
      return [
        run.nodeVersion,
        `${MARKS[run.outcome]} ${run.interrupted ? 'interrupted' : run.outcome}`,
        `${totals.tests} in ${formatCount(totals.files, 'file')}${bad}`,
        formatDuration(totals.durationMs),
        formatRatio(since?.ratio ?? null),
        since ? String(since.slower) : '–',
        since ? String(since.faster) : '–',
        trend === '' ? '' : renderCode(trend),
      ];
    }),
  );
}

/** What could not be measured. */
function renderFailures({ failures }: JobNews): string {
  const lines = failures.slice(0, SHOWN.failures).map(({ nodeVersion, message }) => {
    const where = nodeVersion === null ? 'Not measured' : `Node ${renderText(nodeVersion)} not measured`;
    return `- ❌ ${where}: ${renderText(message)}`;
  });
  return [...lines, ...renderMore(failures.length - lines.length)].join('\n');
}

interface Frame {
  readonly context: NewsContext;
  readonly limits: NewsLimits;
}

function renderFailing({ run, failing }: RunNews, { context, limits }: Frame): string {
  if (failing.length === 0) return '';
  const shown = failing.slice(0, limits.failing);
  const { failed, aborted } = run.totals;
  const lines = shown.map((test) => {
    const reason = test.reason === null ? '' : `: ${renderText(test.reason)}`;
    return `- ${MARKS[test.outcome]} ${renderPlace(test, run.repository, context)} ${renderTitle(test)}${reason}`;
  });
  const more = Math.max(failing.length, failed + aborted) - shown.length;
  const stacks = shown.filter((test) => test.stack !== null).slice(0, limits.stacks);
  return [
    `### Node ${run.nodeVersion}: what failed`,
    [...lines, ...renderMore(more)].join('\n'),
    ...(stacks.length === 0 ? [] : [renderDetails('Stacks', stacks.map(renderStack).join('\n\n'))]),
  ].join('\n\n');
}

function renderPlace({ path, line }: FailingTest, repository: string, context: NewsContext): string {
  const place = renderCode(line === null ? path : `${path}:${line}`);
  return renderLink(place, formatFileUrl(context, repository, { path, line }));
}

function renderTitle({ title }: FailingTest): string {
  return title.length === 0 ? 'the whole file' : renderCode(title.join(' > '));
}

function renderStack(test: FailingTest): string {
  const name = renderCode(formatTestName(test.path, test));
  return `${name}\n\n${renderCodeBlock(test.stack ?? '', SHOWN.stackLines)}`;
}

const CHANGE_COLUMNS: readonly TableColumn[] = [
  { title: 'change', align: 'right' },
  { title: 'before', align: 'right' },
  { title: 'now', align: 'right' },
  { title: 'test' },
];

function renderChanges({ run, since }: RunNews, { context, limits }: Frame): string {
  if (since === null) return '';
  const shown = since.changes.slice(0, limits.changes);
  const more = countChanges(since) - shown.length;
  const gone = [
    ...(since.added > 0 ? [`${formatCount(since.added, 'test')} new`] : []),
    ...(since.removed > 0 ? [`${formatCount(since.removed, 'test')} gone`] : []),
  ].join(', ');
  return [
    `### Node ${run.nodeVersion}: compared with ${renderSince(since, { context, repository: run.repository })}`,
    shown.length === 0 && more === 0
      ? formatNothing(since)
      : 'Two runs at different times, by their samples alone.',
    renderTable(CHANGE_COLUMNS, shown.map(renderChange)),
    ...renderMore(more),
    gone,
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

function formatNothing({ isUnknown }: Since): string {
  return isUnknown
    ? 'There are too few samples to tell what is slower or faster.'
    : 'Nothing is clearly slower or faster.';
}

function renderSince(
  { commit, isBase }: Since,
  { context, repository }: { readonly context: NewsContext; readonly repository: string },
): string {
  const url = formatCompareUrl(context, repository, { base: commit.sha, head: context.sha });
  const link = renderLink(renderCode(shorten(commit.sha)), url);
  const nearest = isBase ? '' : ' (the nearest measured commit before it)';
  return `${link} ${renderCode(commit.subject, '(no message)')}${nearest}`;
}

function renderChange(test: TestComparison): string[] {
  const changed =
    test.verdict === 'slower' || test.verdict === 'faster'
      ? [`${formatRatio(test.ratio)} ${test.verdict}`]
      : [];
  if (test.baseOutcome !== test.headOutcome) changed.push(`${test.baseOutcome} → ${test.headOutcome}`);
  return [
    changed.join(', '),
    formatDuration(test.baseMs),
    formatDuration(test.headMs),
    renderCode(formatTestName(test.path, test)),
  ];
}

/** Changes that are known of, whether they are listed in the news or only counted. */
function countChanges({ changes, slower, faster }: Since): number {
  const listed = changes.filter(({ verdict }) => verdict === 'slower' || verdict === 'faster').length;
  return changes.length + Math.max(0, slower + faster - listed);
}

/** What one needs to judge the figures. */
function renderNotes({ runs, waitedMs }: JobNews): string {
  const [first] = runs;
  const notes: string[] = [];
  if (runs.some(({ since, run }) => since === null && !run.interrupted)) {
    notes.push('There is nothing to compare with yet: no earlier commit was measured so on this machine.');
  } else if (runs.some(({ since }) => since?.isUnknown)) {
    notes.push(
      `Nothing is called slower or faster on fewer than ${CLEARLY.samples} samples: set \`samples: ${CLEARLY.samples}\` or more.`,
    );
  }
  if (waitedMs >= 1000) notes.push(`Waited ${formatDuration(waitedMs)} for the machine.`);
  if (first) notes.push(`${renderCode(formatMachine(first.run))}; ${renderDependencies(first.run)}`);
  if (first)
    notes.push(`${runs.length > 1 ? 'Runs' : 'Run'} ${runs.map(({ run }) => renderCode(run.id)).join(', ')}`);
  return notes.join('  \n');
}

function renderDependencies({ dependencies, framework }: RunNews['run']): string {
  const { source, packageManager, durationMs } = dependencies;
  const by = packageManager === null ? '' : ` by ${renderText(packageManager)}`;
  const how = {
    present: 'dependencies were there',
    installed: `dependencies installed${by} in ${formatDuration(durationMs)}`,
    none: 'no dependencies',
    artifact: `dependencies restored from IPFS in ${formatDuration(durationMs)}`,
    cache: `dependencies restored from the cache in ${formatDuration(durationMs)}`,
  }[source];
  return framework === null ? how : `${how}; ${renderText(`${framework.name} ${framework.version}`)}`;
}

function renderMore(count: number): string[] {
  return count > 0 ? [`… and ${count} more`] : [];
}

function shorten(sha: string): string {
  return sha.slice(0, SHOWN.sha);
}
