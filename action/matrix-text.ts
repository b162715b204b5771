/** The matrix of repos and roles as a table. */
import type { Matrix } from '../core/config/matrix.ts';
import { type Column, formatTable } from './text-table.ts';

const COLUMNS: readonly Column[] = [
  { title: 'repo', flexible: 'middle' },
  { title: 'role' },
  { title: 'runs on' },
  { title: 'Node' },
  { title: 'job type' },
  { title: 'cron' },
];

/** @param width columns of the terminal */
export function formatMatrix({ include }: Matrix, width: number): string {
  const rows = include.map((entry) => [
    entry.repository,
    entry.role,
    entry['runs-on'].join(' '),
    entry['node-version'],
    entry['job-type'],
    entry.cron,
  ]);
  return formatTable(COLUMNS, rows, width);
}
