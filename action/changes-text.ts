/** What changed, as text for a terminal. */

import type { VanishedNews } from '../core/changes/vanished-test.ts';
import { formatFunctions } from '../core/notify/change-findings.ts';
import { type CollectedNews, explainSuspects, formatLane } from '../core/notify/collected-news.ts';
import { findOrigin } from '../core/notify/gather-changes.ts';
import type { ChangeKind, ChangeNews } from '../core/notify/news.ts';
import { formatSparkline } from '../core/notify/sparkline.ts';
import { describeVanished } from '../core/notify/vanished.ts';
import { formatBack, formatOverdue, type RunnerNews } from '../core/notify/watch-runners.ts';
import type { StoredMachineChange } from '../core/store/change-store.ts';
import { formatUntrusted } from '../core/text.ts';
import { formatCount, formatDuration, formatRatio } from '../core/units.ts';
import type { Terminal } from './terminal.ts';

const SHOWN = { changes: 20, sha: 10 } as const;

const TITLES: Readonly<Record<Exclude<ChangeKind, 'refuted'>, string>> = {
  confirmed: 'Slower, confirmed',
  standing: 'Still slow since an earlier commit of this branch',
  suspect: 'Perhaps slower; no experiment has proven it',
  decided: 'Slower, as somebody knows or expects',
  recovered: 'No longer slow',
  faster: 'Faster, by history',
};

/** Empty when nothing changed. */
export function formatFound(
  terminal: Terminal,
  {
    changes,
    machineChanges,
    vanished,
  }: {
    readonly changes: readonly ChangeNews[];
    readonly machineChanges: readonly StoredMachineChange[];
    readonly vanished: readonly VanishedNews[];
  },
): string {
  const parts = Object.entries(TITLES).flatMap(([kind, title]) => {
    const ofKind = changes.filter((one) => one.kind === kind);
    if (ofKind.length === 0) return [];
    const shown = ofKind.slice(0, SHOWN.changes).flatMap((one) => formatChange(terminal, one));
    const more = ofKind.length - SHOWN.changes;
    return [terminal.style('bold', title), ...shown, ...(more > 0 ? [`  … and ${more} more`] : [])];
  });
  const refuted = changes.filter(({ kind }) => kind === 'refuted').length;
  return [
    ...parts,
    ...(refuted === 0
      ? []
      : [`${formatCount(refuted, 'suspect')} turned out to be none when base and head ran by turns.`]),
    ...machineChanges.map((change) => formatUntrusted(describeMachineChange(change))),
    ...formatVanished(terminal, vanished),
  ].join('\n');
}

function formatVanished(terminal: Terminal, vanished: readonly VanishedNews[]): string[] {
  if (vanished.length === 0) return [];
  const lines = vanished.slice(0, SHOWN.changes).flatMap((one) => {
    const { name, nodeLines, head } = one;
    const what = describeVanished(one);
    return [
      `  ${formatUntrusted(name)}${what === '' ? '' : ` (${what})`} on Node ${nodeLines.join(', ')}`,
      terminal.style('dim', `      since ${head.sha.slice(0, SHOWN.sha)} ${formatUntrusted(head.subject)}`),
    ];
  });
  const more = vanished.length - SHOWN.changes;
  return [terminal.style('bold', 'No longer there'), ...lines, ...(more > 0 ? [`  … and ${more} more`] : [])];
}

/** What changed by runs of other machines, under a line for each environment; empty when nothing did. */
export function formatCollected(terminal: Terminal, collected: readonly CollectedNews[]): string {
  return collected
    .flatMap((news) => {
      const why = explainSuspects(news);
      return [
        terminal.style('bold', formatUntrusted(formatLane(news.lane))),
        formatFound(terminal, { ...news, vanished: [] }),
        ...(why === null ? [] : [formatUntrusted(why)]),
      ];
    })
    .join('\n');
}

/** Machines that are overdue, and those that are back; a line each. */
export function formatRunnerNews({ overdue, back }: RunnerNews): string[] {
  return [
    ...overdue.map((one) => `Overdue: ${formatUntrusted(formatOverdue(one))}.`),
    ...back.map((one) => `Back: ${formatUntrusted(formatBack(one))}.`),
  ];
}

function formatChange(
  terminal: Terminal,
  { change, commit, commits, trendMs, functions, until }: ChangeNews,
): string[] {
  const { verdict, beforeMs, nowMs, subject, nodeLine, id, stateReason } = change;
  const ratio = verdict?.ratio ?? null;
  const size =
    ratio === null
      ? `${formatRatio(change.ratio)}`
      : `${formatRatio(ratio.value)} (${formatRatio(ratio.low)} to ${formatRatio(ratio.high)}, ${formatCount(verdict?.pairs ?? 0, 'pair')})`;
  const reasons = [stateReason, verdict?.reason ?? null].filter((text) => text !== null);
  const range =
    commits !== null && commits > 1 ? ` or one of ${formatCount(commits - 1, 'commit')} before it` : '';
  const details = [
    `since ${findOrigin(change).slice(0, SHOWN.sha)} ${formatUntrusted(commit.subject)}${range}`,
    ...(until === null ? [] : [`until ${until.sha.slice(0, SHOWN.sha)} ${formatUntrusted(until.subject)}`]),
    formatSparkline(trendMs),
    ...(functions.length === 0 ? [] : [formatFunctions(functions)]),
    ...reasons.map(formatUntrusted),
  ].filter((line) => line !== '');
  return [
    `  ${id}  ${formatUntrusted(subject.text)} on Node ${formatUntrusted(nodeLine)}: ${formatDuration(beforeMs)} → ${formatDuration(nowMs)}, ${size}`,
    ...details.map((line) => terminal.style('dim', `      ${line}`)),
  ];
}

/** `The machine became 1.3× slower with the run of 3f2a9c1d55 on Node 24: kernel 6.1.0-18 → 6.1.0-21.` */
export function describeMachineChange({
  ratio,
  calibrationRatio,
  causes,
  commit,
  nodeLine,
  runner,
}: StoredMachineChange): string {
  const became = ratio > 1 ? `${formatRatio(ratio)} slower` : `${formatRatio(ratio)}, faster`;
  const calibration =
    calibrationRatio === null ? [] : [`its calibration says ${formatRatio(calibrationRatio)}`];
  const why = [...causes, ...calibration];
  const because = why.length === 0 ? '' : `: ${why.join(', ')}`;
  return `The machine ${runner} became ${became} on Node ${nodeLine} with the run of ${commit.slice(0, SHOWN.sha)}, which is no commit's doing${because}.`;
}
