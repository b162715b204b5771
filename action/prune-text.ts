/** What pruning drops or dropped, as text for a terminal. */
import type { Pruned, PrunePlan } from '../core/store/prune.ts';
import { formatUntrusted } from '../core/text.ts';
import { formatBytes, formatCount } from '../core/units.ts';

/** Of what would be dropped. */
export function formatPlan(plan: PrunePlan): string {
  if (plan.prunedRuns === 0) return [...formatNothing(plan), ...formatHeld(plan)].join('\n');
  const verb = plan.depth === 'thin' ? 'Would thin' : 'Would remove';
  return [`${verb} ${formatRuns(plan)}:`, ...formatRepositories(plan), ...formatHeld(plan)].join('\n');
}

/** Of what was dropped, and of the file. */
export function formatPruned(pruned: Pruned): string {
  const lines =
    pruned.prunedRuns === 0
      ? formatNothing(pruned)
      : [
          `${pruned.depth === 'thin' ? 'Thinned' : 'Removed'} ${formatRuns(pruned)}:`,
          ...formatRepositories(pruned),
        ];
  return [...lines, ...formatHeld(pruned), ...formatFile(pruned)].join('\n');
}

/** `200 of 300 runs (details of 200 runs: 2.83 MB, 12 documents: 501 kB)`. */
function formatRuns({ prunedRuns, runs, details, documents, stacks }: PrunePlan): string {
  const parts = [
    [`details of ${formatCount(details.count, 'run')}`, details],
    [formatCount(documents.count, 'document'), documents],
    [formatCount(stacks.count, 'stack'), stacks],
  ] as const;
  const large = parts
    .filter(([, { count }]) => count > 0)
    .map(([what, { bytes }]) => `${what}: ${formatBytes(bytes)}`);
  const content = large.length === 0 ? '' : ` (${large.join(', ')})`;
  return `${prunedRuns} of ${formatCount(runs, 'run')}${content}`;
}

function formatRepositories({ repositories }: PrunePlan): string[] {
  return repositories.map(({ repository, runs, firstStartedAt, lastStartedAt }) => {
    const [first, last] = [firstStartedAt.slice(0, 10), lastStartedAt.slice(0, 10)];
    const when = first === last ? first : `${first} to ${last}`;
    return `  ${formatUntrusted(repository)}: ${formatCount(runs, 'run')}, ${when}`;
  });
}

function formatNothing({ depth, runs }: PrunePlan): string[] {
  return depth === 'thin'
    ? [`Nothing to thin: of ${formatCount(runs, 'run')} none is old and has details, documents or stacks.`]
    : [`Nothing to remove: of ${formatCount(runs, 'run')} none is old that may go.`];
}

function formatHeld({ heldRuns }: PrunePlan): string[] {
  if (heldRuns === 0) return [];
  const what = formatCount(heldRuns, 'old run stays', 'old runs stay');
  return [`${what}: something that was found points there (a change, a machine's shift, a missing test).`];
}

function formatFile({ file, bytes, bytesAfter, shrinking }: Pruned): string[] {
  const size =
    bytes === bytesAfter ? formatBytes(bytes) : `${formatBytes(bytes)} → ${formatBytes(bytesAfter)}`;
  const line = `${file}: ${size}`;
  switch (shrinking.kind) {
    case 'smaller':
      return [line];
    case 'unchanged':
      return [`${line}; too little of it is free to make it smaller`];
    case 'awaits-reader':
      return [`${line}; it is smaller as soon as whoever reads it is done`];
    case 'failed':
      return [
        `${line}; it could not be made smaller: ${formatUntrusted(shrinking.reason)}`,
        'What is free in it is for the next runs. To try again: tracey prune',
      ];
  }
}
