/** Two runs side by side, as text for a terminal. */
import type { Comparison, TestComparison, TestName } from '../core/analysis/compare.ts';
import { formatTestName, formatUntrusted } from '../core/text.ts';
import { formatCount, formatDuration, formatRatio } from '../core/units.ts';
import type { Terminal } from './terminal.ts';
import { type Column, formatTable } from './text-table.ts';

const COLUMNS: readonly Column[] = [
  { title: 'change', align: 'right' },
  { title: 'before', align: 'right' },
  { title: 'now', align: 'right' },
  { title: 'test', flexible: 'middle' },
];

/** What is clearly different, largest first; one line when nothing is. */
export function formatChanges(terminal: Terminal, comparison: Comparison): string {
  const changed = comparison.tests.filter((test) => test.verdict === 'slower' || test.verdict === 'faster');
  const lines: string[] = [];
  if (changed.length > 0) lines.push(formatRows(terminal, changed));
  for (const test of comparison.tests) {
    if (test.baseOutcome === test.headOutcome) continue;
    lines.push(`${formatName(test)}: ${test.baseOutcome} before, ${test.headOutcome} now`);
  }
  const counts = [
    [comparison.added, 'new'],
    [comparison.removed, 'gone'],
  ] as const;
  for (const [tests, what] of counts)
    if (tests.length > 0) lines.push(`${formatCount(tests.length, 'test')} ${what}`);
  if (lines.length > 0) return lines.join('\n');
  const unknown = comparison.tests.every((test) => test.verdict === 'unknown');
  return unknown && comparison.tests.length > 0
    ? 'too few samples to compare (use --samples 3 or more)'
    : 'nothing clearly slower or faster';
}

/** Rows of tests with their times before and now. */
export function formatRows(terminal: Terminal, tests: readonly TestComparison[]): string {
  const rows = tests.map((test) => [
    formatVerdict(terminal, test),
    formatDuration(test.baseMs),
    formatDuration(test.headMs),
    formatName(test),
  ]);
  return formatTable(COLUMNS, rows, terminal.width);
}

function formatVerdict(terminal: Terminal, { ratio, verdict }: TestComparison): string {
  const text = formatRatio(ratio);
  if (verdict === 'slower') return terminal.style('red', `${text} slower`);
  if (verdict === 'faster') return terminal.style('green', `${text} faster`);
  return text;
}

function formatName(test: TestName): string {
  return formatUntrusted(formatTestName(test.path, test));
}
