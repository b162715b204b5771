/** Two commits run by turns, as text for a terminal and as JSON. */
import { computeGrowth, type FunctionTimes } from '../core/analysis/profile-difference.ts';
import type { Decision } from '../core/analysis/sequential.ts';
import type { RatioEstimate } from '../core/analysis/suspect.ts';
import type { ConfirmBudget } from '../core/confirm/budget.ts';
import type { ComparedFile, ComparisonStart } from '../core/confirm/compare-commits.ts';
import type { Decided } from '../core/confirm/pairs.ts';
import type { PairProgress } from '../core/confirm/progress.ts';
import type { Commit } from '../core/model.ts';
import { formatTestName, formatUntrusted } from '../core/text.ts';
import { formatCount, formatDuration, formatRatio } from '../core/units.ts';
import type { Terminal } from './terminal.ts';
import { type Column, formatTable } from './text-table.ts';

const COLUMNS: readonly Column[] = [
  { title: '' },
  { title: 'change', align: 'right' },
  { title: 'between', align: 'right' },
  { title: 'pairs', align: 'right' },
  { title: 'test', flexible: 'middle' },
];

/** So many functions are told; the rest is in the JSON. */
const SHOWN_FUNCTIONS = 3;
/** Less than this share of what the first grew is noise. */
const SHOWN_SHARE = 0.2;

/** What is compared, and how. */
export function formatStart({ base, head, nodeVersion, cpu, files }: ComparisonStart): string {
  const place = cpu === null ? '' : `, test processes on CPU ${cpu}`;
  return [
    `base  ${formatCommit(base)}`,
    `head  ${formatCommit(head)}`,
    `${formatCount(files, 'test file')} on Node ${nodeVersion}${place}`,
  ].join('\n');
}

function formatCommit({ sha, subject }: Commit): string {
  return `${sha.slice(0, 10)} ${formatUntrusted(subject)}`;
}

/** One line: how far the pairs of a file are. */
export function formatPairs({ file, done, total, ratio, undecided }: PairProgress): string {
  const known = ratio === null ? '' : `, ${formatEstimate(ratio)}`;
  return `pair ${done}/${total}, ${undecided} undecided${known} ${formatUntrusted(file)}`;
}

function formatEstimate({ value, low, high }: RatioEstimate): string {
  return `${formatRatio(value)} (${formatBound(low)} to ${formatBound(high)})`;
}

/** A bound of an interval; `?` as long as there are too few pairs for one. */
function formatBound(ratio: number): string {
  return ratio === 0 || ratio === Number.POSITIVE_INFINITY ? '?' : formatRatio(ratio);
}

/** What is slower or faster in a file, or with `showsAll` everything; empty when there is nothing to say. */
export function formatComparedFile(
  terminal: Terminal,
  { path, reason, testFile, decided, profile }: ComparedFile,
  { showsAll }: { readonly showsAll: boolean },
): string {
  const name = formatUntrusted(path);
  if (reason !== null) return `${name}: not compared: ${formatUntrusted(reason)}`;
  const shown = decided.filter(({ decision }) => showsAll || decision === 'slower' || decision === 'faster');
  if (shown.length === 0) return '';
  const rows = shown.map((one) => formatRow(terminal, one));
  const lines = [formatTable(COLUMNS, rows, terminal.width)];
  for (const { claim, pairs, reason: why } of shown) {
    if (pairs === 0 && why !== null) lines.push(`${formatName(claim)}: ${formatUntrusted(why)}`);
  }
  if (testFile === 'head') lines.push(`${name} differs between the two: that of head ran on both`);
  const grown = findGrown(profile);
  if (grown.length > 0) lines.push('what took longer, in one run of each with a profile:');
  return [...lines, ...grown.map((one) => `  ${formatFunction(one)}`)].join('\n');
}

/** The functions that grew most, without those that hardly did. */
function findGrown(profile: ComparedFile['profile']): readonly FunctionTimes[] {
  const [most, ...others] = (profile?.functions ?? []).filter((one) => computeGrowth(one) > 0);
  if (most === undefined) return [];
  const worth = others.filter((one) => computeGrowth(one) >= SHOWN_SHARE * computeGrowth(most));
  return [most, ...worth].slice(0, SHOWN_FUNCTIONS);
}

function formatName({ subject }: Decided['claim']): string {
  const { file, titles, occurrence } = subject;
  const test = { title: titles, occurrence: occurrence > 1 ? occurrence : undefined };
  return formatUntrusted(formatTestName(file, test));
}

function formatRow(terminal: Terminal, { claim, decision, ratio, pairs }: Decided): string[] {
  return [
    decision === null ? 'undecided' : terminal.style(STYLES[decision], decision),
    formatRatio(ratio?.value ?? null),
    ratio === null ? '' : `${formatBound(ratio.low)} to ${formatBound(ratio.high)}`,
    String(pairs),
    formatName(claim),
  ];
}

const STYLES = { slower: 'red', faster: 'green', unchanged: 'dim' } as const;

function formatFunction(one: FunctionTimes): string {
  const place = one.line === null ? one.file : `${one.file}:${one.line}`;
  const where = place === '' ? '' : ` (${formatUntrusted(place)})`;
  return `${formatDuration(computeGrowth(one))} more in ${formatUntrusted(one.name)}${where}`;
}

/** One line: how many tests and files came out how. */
export function formatSummary(files: readonly ComparedFile[]): string {
  const all = files.flatMap(({ decided }) => decided);
  const count = (wanted: Decision | null) => all.filter(({ decision }) => decision === wanted).length;
  const failed = files.filter(({ reason }) => reason !== null).length;
  const parts = [
    `${count('slower')} slower`,
    `${count('faster')} faster`,
    `${count('unchanged')} unchanged`,
    `${count(null)} undecided`,
    ...(failed > 0 ? [`${formatCount(failed, 'file')} not compared`] : []),
  ];
  return all.length === 0 && failed === 0 ? 'no test has such a name' : parts.join(', ');
}

/** Everything, for programs. Bounds that are not known are null. */
export function computeComparisonJson(
  start: ComparisonStart | null,
  files: readonly ComparedFile[],
  { level }: ConfirmBudget,
): unknown {
  return {
    base: start?.base.sha ?? null,
    head: start?.head.sha ?? null,
    nodeVersion: start?.nodeVersion ?? null,
    cpu: start?.cpu ?? null,
    level,
    files: files.map(({ decided, ...file }) => ({
      ...file,
      tests: decided.map(({ claim, decision, ratio, ...rest }) => ({
        titles: claim.subject.titles,
        occurrence: claim.subject.occurrence,
        decision,
        ratio: ratio?.value ?? null,
        low: ratio === null || ratio.low === 0 ? null : ratio.low,
        high: ratio === null || ratio.high === Number.POSITIVE_INFINITY ? null : ratio.high,
        ...rest,
      })),
    })),
  };
}
