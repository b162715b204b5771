/** Two runs side by side, as text for a terminal. */
import type { Differences, TestComparison, TestName } from '../core/analysis/compare.ts';
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
export function formatDifferences(terminal: Terminal, differences: Differences): string {
  const lines: string[] = [];
  if (differences.changed.length > 0) lines.push(formatRows(terminal, differences.changed));
  for (const test of differences.turned) {
    lines.push(`${formatName(test)}: ${test.baseOutcome} before, ${test.headOutcome} now`);
  }
  if (differences.addedCount > 0) lines.push(`${formatCount(differences.addedCount, 'test')} new`);
  if (differences.removedCount > 0) lines.push(`${formatCount(differences.removedCount, 'test')} gone`);
  if (lines.length > 0) return lines.join('\n');
  return differences.isUnknown
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
  return verdict === 'edited' ? terminal.style('dim', `${text} edited`) : text;
}

function formatName(test: TestName): string {
  return formatUntrusted(formatTestName(test.path, test));
}
