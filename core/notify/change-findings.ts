/** From changes to what is mailed of them: proven slow-downs, one finding for each commit and Node line, and their ends. */
import type { FunctionTimes } from '../analysis/profile-difference.ts';
import { formatUntrusted } from '../text.ts';
import { formatCount, formatDuration, formatRatio } from '../units.ts';
import { type CommitRef, type Finding, formatProblemKey, type Place, type SlowerFinding } from './finding.ts';
import { formatReleaseLine } from './findings.ts';
import { findOrigin } from './gather-changes.ts';
import type { ChangeNews } from './news.ts';

/** Tests of one commit that are named besides the first. */
const NAMED = 10;

export function computeChangeFindings(changes: readonly ChangeNews[], place: Omit<Place, 'node'>): Finding[] {
  const findings: Finding[] = [];
  for (const group of groupByOrigin(changes.filter(({ kind }) => kind === 'confirmed'))) {
    findings.push(describeGroup(group, place));
  }
  for (const group of groupByOrigin(changes.filter(({ kind, isOver }) => kind === 'recovered' && isOver))) {
    const problem = describeGroup(group, place);
    const nowMs = group[0].trendMs.findLast((ms) => ms !== null) ?? null;
    findings.push({ kind: 'recovered', id: problem.id, problem, commit: null, nowMs });
  }
  return findings;
}

type Group = readonly [ChangeNews, ...ChangeNews[]];

/** The changes of one commit on one Node line, the one with the most to show first. */
function groupByOrigin(changes: readonly ChangeNews[]): Group[] {
  const groups = Map.groupBy(changes, ({ change }) => JSON.stringify([change.nodeLine, findOrigin(change)]));
  return [...groups.values()].map(
    (group) => group.sort((one, other) => computeWeight(other) - computeWeight(one)) as unknown as Group,
  );
}

/** Tests before files, a total first of all; the larger before the smaller. */
function computeWeight({ change: { subject, nowMs, beforeMs } }: ChangeNews): number {
  const rank = { total: 2, test: 1 }[subject.kind as string] ?? 0;
  return rank * 1e12 + (nowMs - beforeMs);
}

function describeGroup(group: Group, { ...where }: Omit<Place, 'node'>): SlowerFinding {
  const [{ change, commit, commits, trendMs, differences, functions }, ...others] = group;
  const place: Place = { ...where, node: formatReleaseLine(change.nodeLine) };
  const { subject, verdict, beforeMs, nowMs, baseCommit } = change;
  const kind = subject.kind === 'load' ? 'file' : subject.kind;
  return {
    kind: 'slower',
    id: `${formatProblemKey('slower', place)} ${findOrigin(change)}`,
    place,
    subject: { kind, name: kind === 'total' ? '' : subject.text },
    proof: {
      lowRatio: verdict?.ratio?.low ?? 1,
      highRatio: limit(verdict?.ratio?.high ?? 1),
      pairs: verdict?.pairs ?? 0,
    },
    beforeMs,
    nowMs: verdict?.ratio ? beforeMs * verdict.ratio.value : nowMs,
    base: pickRef(baseCommit),
    commit: pickRef(commit),
    trendMs: [...trendMs],
    remarks: [
      ...(commits !== null && commits > 1
        ? [`It began with one of ${formatCount(commits, 'commit')}, of which this is the last.`]
        : []),
      ...(others.length === 0 ? [] : [formatOthers(others)]),
      ...(functions.length === 0 ? [] : [formatFunctions(functions)]),
      ...differences.map((difference) => `Between the runs: ${difference}.`),
    ],
  };
}

/** JSON knows no infinity. */
function limit(ratio: number): number {
  return Number.isFinite(ratio) ? ratio : Number.MAX_VALUE;
}

function formatOthers(others: readonly ChangeNews[]): string {
  const named = others.slice(0, NAMED).map(({ change: { subject, verdict } }) => {
    return `${formatUntrusted(subject.text)} (${formatRatio(verdict?.ratio?.value ?? null)})`;
  });
  const more = others.length > NAMED ? `, and ${others.length - NAMED} more` : '';
  return `Slower with the same commit: ${named.join(', ')}${more}.`;
}

/** `Most of it is in: parse (lib/a.js:12) +3.20 ms, …` */
export function formatFunctions(functions: readonly FunctionTimes[]): string {
  const told = functions.map(({ name, file, line, baseMs, headMs }) => {
    const where = file === '' ? '' : ` (${formatUntrusted(file)}${line === null ? '' : `:${line}`})`;
    return `${formatUntrusted(name)}${where} +${formatDuration(headMs - baseMs)}`;
  });
  return `What grew most: ${told.join(', ')}.`;
}

function pickRef({ sha, subject, author }: CommitRef): CommitRef {
  return { sha, subject, author };
}
