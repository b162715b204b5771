/** A run as text for a terminal: verdict, what failed, where the time went. */

import type { HighlightLimits, Highlights } from '../core/analysis/highlights.ts';
import type { Failure, Outcome, RunFacts, TestResult } from '../core/model.ts';
import { formatTestName, formatUntrusted } from '../core/text.ts';
import { formatCount, formatDuration } from '../core/units.ts';
import type { Terminal } from './terminal.ts';
import { type Column, formatTable } from './text-table.ts';

/** How much of a run is shown when nobody says. */
export const SHOWN = { failures: 20, tests: 10, suites: 10 } as const satisfies HighlightLimits;

/** One line: `passed  expressjs/express 1a2b3c4d5e on Node 22.11.0: 1260 tests in 88 files, 12.3 s`. */
export function formatVerdict(terminal: Terminal, run: RunFacts): string {
  const { totals, outcome } = run;
  const style = outcome === 'passed' ? 'green' : outcome === 'skipped' ? 'yellow' : 'red';
  const counts = (['failed', 'aborted', 'skipped'] as const)
    .filter((kind) => totals[kind] > 0)
    .map((kind) => `, ${totals[kind]} ${kind}`)
    .join('');
  const what = `${formatUntrusted(run.repository)} ${run.commit.slice(0, 10)} on Node ${run.nodeVersion}`;
  const size = `${formatCount(totals.tests, 'test')} in ${formatCount(totals.files, 'file')}${counts}`;
  const modified = run.commitDetails.modified ? ' (with uncommitted changes)' : '';
  return `${terminal.style(style, outcome)}  ${what}${modified}: ${size}, ${formatDuration(totals.durationMs)}`;
}

/** What failed or was aborted, each with its reason; empty when nothing was. */
export function formatFailures(terminal: Terminal, runId: string, highlights: Highlights): string {
  const lines = highlights.failures.flatMap((failure): string[] => {
    if (failure.kind === 'test') {
      const { outcome, title, reason = '' } = failure.test;
      return [`  ${outcome}  ${formatUntrusted(title.join(' > '))}: ${formatUntrusted(reason)}`];
    }
    const { file } = failure;
    const mark = terminal.style('red', file.outcome);
    const line = `${mark}  ${formatUntrusted(file.path)}: ${formatUntrusted(file.reason ?? '')}`;
    return file.error && file.testCount === 0 ? [line, ...indentStack(file.error)] : [line];
  });
  if (highlights.moreFailures > 0) {
    lines.push(`… and ${formatCount(highlights.moreFailures, 'more failure')}: tracey show ${runId}`);
  }
  return lines.join('\n');
}

/** The files, slowest first. */
export function formatFiles(terminal: Terminal, { files }: Highlights): string {
  const columns: Column[] = [
    { title: 'total', align: 'right' },
    { title: 'load', align: 'right' },
    { title: 'tests', align: 'right' },
    { title: 'file', flexible: 'middle' },
  ];
  const rows = files.map((file) => [
    formatDuration(file.durationMs),
    formatDuration(file.loadMs),
    String(file.testCount),
    formatMark(file.outcome) + formatUntrusted(file.path),
  ]);
  return formatTable(columns, rows, terminal.width);
}

/** The slowest suites of a run; empty when it has none. */
export function formatSuites(terminal: Terminal, { suites }: Highlights): string {
  const columns: Column[] = [
    { title: 'total', align: 'right' },
    { title: 'hooks', align: 'right' },
    { title: 'suite', flexible: 'middle' },
  ];
  if (suites.length === 0) return '';
  const rows = suites.map((suite) => [
    formatDuration(suite.durationMs),
    formatHooks(suite.hooksMs),
    formatUntrusted(formatTestName(suite.path, suite)),
  ]);
  return formatTable(columns, rows, terminal.width);
}

/** The machine of a run on one line, with how busy it was and how fast. */
export function formatMachine({ machine, runner }: RunFacts): string {
  const { facts, before, after } = machine;
  const calibrated = [before, after].flatMap((state) =>
    state?.calibration ? [formatDuration(state.calibration.cpuMs)] : [],
  );
  return [
    formatUntrusted(runner),
    `${formatUntrusted(facts.cpuModel)} × ${facts.cpuCount}`,
    `load ${before?.load.toFixed(2) ?? '–'} → ${after?.load.toFixed(2) ?? '–'}`,
    ...(calibrated.length > 0 ? [`calibration ${calibrated.join(' → ')}`] : []),
  ].join(', ');
}

/** The slowest tests of a run: median of the samples, their range around it, hooks. */
export function formatTests(terminal: Terminal, { tests }: Highlights): string {
  const columns: Column[] = [
    { title: 'time', align: 'right' },
    { title: 'range', align: 'right' },
    { title: 'hooks', align: 'right' },
    { title: 'test', flexible: 'middle' },
  ];
  const rows = tests.map((test) => [
    formatDuration(test.durationMs),
    formatRange(test),
    formatHooks(test.hooksMs),
    formatMark(test.outcome) + formatUntrusted(formatTestName(test.path, test)),
  ]);
  return formatTable(columns, rows, terminal.width);
}

/** How far the samples lie below and above their median: `-4 % +11 %`. */
function formatRange({ samplesMs, durationMs }: TestResult): string {
  if (samplesMs.length < 2 || durationMs === null || durationMs === 0) return '';
  const below = Math.round((1 - Math.min(...samplesMs) / durationMs) * 100);
  const above = Math.round((Math.max(...samplesMs) / durationMs - 1) * 100);
  return `-${below} % +${above} %`;
}

/** Time in hooks, where there are any. */
function formatHooks(hooksMs: number | null): string {
  return hooksMs === null || hooksMs === 0 ? '' : formatDuration(hooksMs);
}

/** An outcome in front of a name, where it is worth saying. */
function formatMark(outcome: Outcome): string {
  return outcome === 'passed' ? '' : `[${outcome}] `;
}

function indentStack({ stack, message }: Failure): string[] {
  return (stack ?? message).split('\n', 6).map((line) => `    ${formatUntrusted(line)}`);
}
