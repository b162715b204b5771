/** What changed, as Markdown: proven slow-downs commit by commit, then what is only suspected, known, faster or over. */

import { type CollectedNews, explainSuspects, formatLane } from '../../core/notify/collected-news.ts';
import type { ChangeKind, ChangeNews, JobNews } from '../../core/notify/news.ts';
import { formatSparkline } from '../../core/notify/sparkline.ts';
import { describeVanished } from '../../core/notify/vanished.ts';
import {
  formatBack,
  formatOverdue,
  NO_RUNNER_NEWS,
  type RunnerNews,
} from '../../core/notify/watch-runners.ts';
import { formatCount, formatDuration, formatRatio } from '../../core/units.ts';
import { describeMachineChange } from '../changes-text.ts';
import type { GitHubContext } from './event.ts';
import { renderCode, renderLink, renderTable, renderText, type TableColumn } from './markdown.ts';
import { formatCommitUrl, formatCompareUrl, type NewsContext } from './news-context.ts';

/** Commits that are told one by one, however much room there is. */
const SHOWN = { commits: 20, sha: 10 } as const;

const TITLES: readonly (readonly [ChangeKind, string, string])[] = [
  [
    'suspect',
    'Perhaps slower',
    'History shows it, and no experiment has proven it: this is a reason to look, no more.',
  ],
  ['decided', 'Slower, as somebody knows or expects', ''],
  ['recovered', 'No longer slow', ''],
  ['faster', 'Faster', 'By history; no experiment was made.'],
];

/** What is told of what was found. */
type FoundNews = Pick<JobNews, 'repository' | 'changes' | 'machineChanges' | 'vanished' | 'runners'>;

/** Empty when nothing changed. */
export function renderFound(news: FoundNews, context: NewsContext, limit: number): string {
  const ofKind = (kind: ChangeKind) => news.changes.filter((one) => one.kind === kind);
  const frame = { news, context, limit };
  const refuted = ofKind('refuted').length;
  return [
    renderProven(ofKind('confirmed'), frame, 'Slower, confirmed'),
    renderProven(ofKind('standing'), frame, 'Still slow since an earlier commit of this branch'),
    ...TITLES.map(([kind, title, remark]) => renderListed(ofKind(kind), frame, { title, remark })),
    refuted === 0
      ? ''
      : `${formatCount(refuted, 'suspect')} of history turned out to be none when base and head ran by turns.`,
    ...news.machineChanges.map((change) => `- ${renderText(describeMachineChange(change))}`),
    renderVanished(frame),
    renderRunnerNews(news.runners),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

const GONE: readonly TableColumn[] = [
  { title: 'what' },
  { title: '' },
  { title: 'Node', align: 'right' },
  { title: 'since' },
];

/** Tests that nobody would miss. */
function renderVanished({ news, context, limit }: Frame): string {
  const { vanished, repository } = news;
  if (vanished.length === 0) return '';
  const shown = vanished.slice(0, limit);
  const rows = shown.map((one) => [
    renderCode(one.name),
    renderText(describeVanished(one)),
    renderText(one.nodeLines.join(', ')),
    renderLink(
      renderCode(one.head.sha.slice(0, SHOWN.sha)),
      formatCommitUrl(context, repository, one.head.sha),
    ),
  ]);
  return ['### No longer there', renderTable(GONE, rows), ...renderMore(vanished.length - shown.length)].join(
    '\n\n',
  );
}

/** Machines that are overdue or back, as a list; empty when there is none. */
export function renderRunnerNews({ overdue, back }: RunnerNews): string {
  return [
    ...overdue.map((one) => `- ⚠️ Overdue: ${renderText(formatOverdue(one))}.`),
    ...back.map((one) => `- Back: ${renderText(formatBack(one))}.`),
  ].join('\n');
}

/** What changed by runs of other machines, a section for each environment; empty when nothing did. */
export function renderCollected(
  collected: readonly CollectedNews[],
  { github, limit }: { readonly github: GitHubContext; readonly limit: number },
): string {
  return collected
    .flatMap((one) => {
      const { repository, runner, role, jobType } = one.lane;
      const why = explainSuspects(one);
      const found = { ...one, repository, vanished: [], runners: NO_RUNNER_NEWS };
      return [
        `**${renderText(formatLane(one.lane))}**`,
        renderFound(found, { github, sha: '', runner, role, jobType }, limit),
        ...(why === null ? [] : [renderText(why)]),
      ];
    })
    .join('\n\n');
}

interface Frame {
  readonly news: FoundNews;
  readonly context: NewsContext;
  readonly limit: number;
}

const PROVEN: readonly TableColumn[] = [
  { title: 'change', align: 'right' },
  { title: 'surely between', align: 'right' },
  { title: 'before', align: 'right' },
  { title: 'now', align: 'right' },
  { title: 'Node', align: 'right' },
  { title: 'what' },
  { title: 'trend' },
];

/** A commit is one change, however many tests it slowed. */
function renderProven(changes: readonly ChangeNews[], frame: Frame, title: string): string {
  if (changes.length === 0) return '';
  const commits = [...Map.groupBy(changes, ({ commit }) => commit.sha).values()];
  const parts = commits.slice(0, SHOWN.commits).map((group) => {
    const shown = group.slice(0, frame.limit);
    return [
      renderOrigin(group[0] as ChangeNews, frame),
      renderTable(PROVEN, shown.map(renderProof)),
      ...renderMore(group.length - shown.length),
      ...shown.slice(0, 1).flatMap(renderFunctions),
    ].join('\n\n');
  });
  return [`### ${title}`, ...parts, ...renderMore(commits.length - SHOWN.commits)].join('\n\n');
}

/** `Since 3f2a9c1d55 Keep order, by Ada, or one of the 3 commits before it` */
function renderOrigin({ change, commit, commits }: ChangeNews, { news, context }: Frame): string {
  const link = renderLink(
    renderCode(commit.sha.slice(0, SHOWN.sha)),
    formatCommitUrl(context, news.repository, commit.sha),
  );
  const by = commit.author === '' ? '' : `, by ${renderText(commit.author)}`;
  const since = `Since ${link} ${renderCode(commit.subject, '(no message)')}${by}`;
  if (commits === null || commits <= 1) return since;
  const base = change.verdict?.base ?? change.base;
  const url = formatCompareUrl(context, news.repository, { base, head: commit.sha });
  return `${since}, or ${renderLink(`one of the ${formatCount(commits - 1, 'commit')} before it`, url)}`;
}

function renderProof({ change, trendMs }: ChangeNews): string[] {
  const { verdict, beforeMs, nowMs, nodeLine, subject } = change;
  const ratio = verdict?.ratio ?? null;
  return [
    `${formatRatio(ratio?.value ?? change.ratio)} slower`,
    ratio === null ? '' : `${formatRatio(ratio.low)} and ${formatRatio(ratio.high)}`,
    formatDuration(beforeMs),
    formatDuration(ratio === null ? nowMs : beforeMs * ratio.value),
    renderText(nodeLine),
    renderCode(subject.text),
    renderTrend(trendMs),
  ];
}

function renderFunctions({ functions }: ChangeNews): string[] {
  if (functions.length === 0) return [];
  const told = functions.map(({ name, file, line, baseMs, headMs }) => {
    const place = file === '' ? '' : ` in ${renderCode(line === null ? file : `${file}:${line}`)}`;
    return `${renderCode(name)}${place} +${formatDuration(headMs - baseMs)}`;
  });
  return [`What grew most: ${told.join(', ')}.`];
}

const LISTED: readonly TableColumn[] = [
  { title: 'change', align: 'right' },
  { title: 'before', align: 'right' },
  { title: 'now', align: 'right' },
  { title: 'Node', align: 'right' },
  { title: 'what' },
  { title: 'since' },
  { title: 'trend' },
  { title: '' },
];

function renderListed(
  changes: readonly ChangeNews[],
  { news, context, limit }: Frame,
  { title, remark }: { readonly title: string; readonly remark: string },
): string {
  if (changes.length === 0) return '';
  const shown = changes.slice(0, limit);
  const renderCommit = ({ sha }: ChangeNews['commit']) =>
    renderLink(renderCode(sha.slice(0, SHOWN.sha)), formatCommitUrl(context, news.repository, sha));
  const rows = shown.map(({ change, commit, trendMs, differences, until }) => [
    formatRatio(change.ratio),
    formatDuration(change.beforeMs),
    formatDuration(change.nowMs),
    renderText(change.nodeLine),
    renderCode(change.subject.text),
    until === null ? renderCommit(commit) : `${renderCommit(commit)}, until ${renderCommit(until)}`,
    renderTrend(trendMs),
    [change.stateReason, change.verdict?.reason, ...differences]
      .filter((text) => typeof text === 'string' && text !== '')
      .map((text) => renderText(text ?? ''))
      .join('; '),
  ]);
  return [
    `### ${title}`,
    ...(remark === '' ? [] : [remark]),
    renderTable(LISTED, rows),
    ...renderMore(changes.length - shown.length),
  ].join('\n\n');
}

function renderTrend(trendMs: ChangeNews['trendMs']): string {
  const trend = formatSparkline(trendMs);
  return trend === '' ? '' : renderCode(trend);
}

function renderMore(count: number): string[] {
  return count > 0 ? [`… and ${count} more`] : [];
}
