/** A run as text for a terminal: verdict, what failed, where the time went. */

import type { FileResult, Outcome, RunReport, TestResult } from '../core/model.ts';
import { formatTestName, formatUntrusted } from '../core/text.ts';
import { formatCount, formatDuration } from '../core/units.ts';
import type { Terminal } from './terminal.ts';
import { type Column, formatTable } from './text-table.ts';

const SHOWN = { failures: 20, slowest: 10 } as const;

/** One line: `passed  expressjs/express 1a2b3c4d5e on Node 22.11.0: 1260 tests in 88 files, 12.3 s`. */
export function formatVerdict(terminal: Terminal, run: RunReport): string {
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
export function formatFailures(terminal: Terminal, run: RunReport): string {
  const lines: string[] = [];
  for (const file of run.files) {
    if (file.outcome === 'passed' || file.outcome === 'skipped') continue;
    lines.push(
      `${terminal.style('red', file.outcome)}  ${formatUntrusted(file.path)}: ${formatUntrusted(file.reason ?? '')}`,
    );
    for (const test of file.tests) {
      if (test.outcome !== 'failed' && test.outcome !== 'aborted') continue;
      lines.push(
        `  ${test.outcome}  ${formatUntrusted(test.title.join(' > '))}: ${formatUntrusted(test.reason ?? '')}`,
      );
    }
    if (file.error && file.tests.length === 0) lines.push(...indentStack(file));
  }
  if (lines.length <= SHOWN.failures) return lines.join('\n');
  const more = lines.length - SHOWN.failures;
  return [
    ...lines.slice(0, SHOWN.failures),
    `… and ${formatCount(more, 'more line')}: tracey show ${run.id}`,
  ].join('\n');
}

/** The files, slowest first. */
export function formatFiles(terminal: Terminal, files: readonly FileResult[]): string {
  const columns: Column[] = [
    { title: 'total', align: 'right' },
    { title: 'load', align: 'right' },
    { title: 'tests', align: 'right' },
    { title: 'file', flexible: 'middle' },
  ];
  const rows = sortByDuration(files).map((file) => [
    formatDuration(file.durationMs),
    formatDuration(file.loadMs),
    String(file.tests.length),
    formatMark(file.outcome) + formatUntrusted(file.path),
  ]);
  return formatTable(columns, rows, terminal.width);
}

/** The slowest suites of a run; empty when it has none. */
export function formatSuites(terminal: Terminal, files: readonly FileResult[], limit: number): string {
  const columns: Column[] = [
    { title: 'total', align: 'right' },
    { title: 'hooks', align: 'right' },
    { title: 'suite', flexible: 'middle' },
  ];
  const suites = files.flatMap((file) => file.suites.map((suite) => ({ ...suite, path: file.path })));
  if (suites.length === 0) return '';
  const rows = sortByDuration(suites)
    .slice(0, limit)
    .map((suite) => [
      formatDuration(suite.durationMs),
      formatHooks(suite.hooksMs),
      formatUntrusted(formatTestName(suite.path, suite)),
    ]);
  return formatTable(columns, rows, terminal.width);
}

/** The machine of a run on one line, with how busy it was and how fast. */
export function formatMachine({ machine, runner }: RunReport): string {
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
export function formatTests(
  terminal: Terminal,
  files: readonly FileResult[],
  limit: number = SHOWN.slowest,
): string {
  const columns: Column[] = [
    { title: 'time', align: 'right' },
    { title: 'range', align: 'right' },
    { title: 'hooks', align: 'right' },
    { title: 'test', flexible: 'middle' },
  ];
  const tests = files.flatMap((file) => file.tests.map((test) => ({ ...test, path: file.path })));
  const rows = sortByDuration(tests)
    .slice(0, limit)
    .map((test) => [
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

function indentStack(file: FileResult): string[] {
  const stack = file.error?.stack ?? file.error?.message ?? '';
  return stack.split('\n', 6).map((line) => `    ${formatUntrusted(line)}`);
}

function sortByDuration<Item extends { readonly durationMs: number | null }>(items: readonly Item[]): Item[] {
  return items.toSorted((a, b) => (b.durationMs ?? -1) - (a.durationMs ?? -1));
}
