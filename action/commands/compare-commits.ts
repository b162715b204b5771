/** `tracey compare <base> <head>` of revisions: two commits, run by turns on this machine. */
import { resolve } from 'node:path';
import type { ConfirmConfig } from '../../core/config/config.ts';
import { type ConfirmBudget, computeBudget } from '../../core/confirm/budget.ts';
import {
  type ComparedFile,
  type ComparisonStart,
  chooseByName,
  compareCommits,
} from '../../core/confirm/compare-commits.ts';
import type { PairProgress } from '../../core/confirm/progress.ts';
import { openRepository } from '../../core/repository/git.ts';
import { findRepositoryName } from '../../core/repository/read.ts';
import { computeArtifactSettings } from '../artifact-settings.ts';
import {
  computeComparisonJson,
  formatComparedFile,
  formatPairs,
  formatStart,
  formatSummary,
} from '../commit-comparison-text.ts';
import { type CommandContext, EXIT, type ExitCode } from '../context.ts';
import { withStore } from '../database.ts';
import { createJobListener } from '../job-listener.ts';
import { loadConfig } from '../load-config.ts';
import { createJobContext, planJob } from '../plan-job.ts';

export interface CommitFlags {
  readonly all?: boolean;
  readonly path?: string;
  readonly file?: string[];
  readonly test?: string[];
  readonly minutes?: number;
  readonly pairs?: number;
  readonly level?: number;
  readonly node?: string;
  readonly jobType?: string;
  readonly config?: string;
  readonly wait?: number;
  readonly database?: string;
  readonly json?: boolean;
}

export async function compareTwoCommits(
  named: { readonly base: string; readonly head: string },
  flags: CommitFlags,
  context: CommandContext,
): Promise<ExitCode> {
  const { environment, signal, terminal, version } = context;
  const repoFolder = resolve(environment.workingFolder, flags.path ?? '.');
  const repository = await openRepository(repoFolder, { inherited: environment.variables, signal });
  const name = await findRepositoryName(repository);
  const { config, notes, folder } = await loadConfig({ repoFolder, named: flags.config, environment });
  for (const note of notes) terminal.tell(note);
  const job = await planJob({
    repository,
    name,
    revisions: [],
    config,
    choices: {
      jobType: flags.jobType,
      nodes: flags.node === undefined ? undefined : [flags.node],
      waitMs: flags.wait === undefined ? undefined : flags.wait * 60_000,
    },
    environment,
    place: { folder },
  });
  const compared: ComparedFile[] = [];
  let start: ComparisonStart | null = null;
  const listener = {
    ...createJobListener(terminal),
    onRun: async () => undefined,
    onFailure: () => undefined,
    onPairs: (progress: PairProgress) => terminal.showStatus(formatPairs(progress)),
    onStart(known: ComparisonStart) {
      start = known;
      terminal.clearStatus();
      if (!flags.json) terminal.print(formatStart(known));
    },
    onFile(file: ComparedFile) {
      compared.push(file);
      terminal.clearStatus();
      if (flags.json) return;
      const showsAll = flags.all === true || flags.test !== undefined;
      const text = formatComparedFile(terminal, file, { showsAll });
      if (text !== '') terminal.print(`\n${text}`);
    },
  };
  const budget = computeComparisonBudget(config.confirm, flags);
  await withStore({ environment, database: flags.database, writing: { keepDetailRuns: null } }, (store) => {
    const artifacts = computeArtifactSettings(config, { repository: name, role: job.role });
    const world = { config, environment, version, store, signal, listener, artifacts };
    return compareCommits(
      { job, ...named, files: flags.file ?? [], isWanted: chooseByName(flags.test ?? []), budget },
      { ...createJobContext(world), listener },
    );
  });
  terminal.clearStatus();
  if (signal.aborted) return EXIT.interrupted;
  if (flags.json) terminal.print(JSON.stringify(computeComparisonJson(start, compared, budget), null, 2));
  else terminal.print(`\n${formatSummary(compared)}`);
  if (compared.some(({ decided }) => decided.some(({ decision }) => decision === 'slower')))
    return EXIT.slower;
  return compared.some(({ decided }) => decided.length > 0) ? EXIT.fine : EXIT.testsFailed;
}

/** Flags before the file, but whoever switched confirming off there asks for it here. */
function computeComparisonBudget(configured: ConfirmConfig, flags: CommitFlags): ConfirmBudget {
  return computeBudget({
    durationMs: flags.minutes === undefined ? configured.durationMs || null : flags.minutes * 60_000,
    pairs: flags.pairs ?? configured.pairs,
    level: flags.level ?? configured.level,
  });
}
