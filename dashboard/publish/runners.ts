/** Machines: what they are, how fast they were, what ran on them when. */
import type { BulkReader, BulkState, RunnerRun } from '../../core/store/bulk-reader.ts';
import type { Calibration, QueueEntry, RunnerEntry } from '../data-format.ts';
import { roundTo, toMs } from './figures.ts';

/** Newest runs of a machine that are told of. */
const MOST_RUNS = 400;

const MOST_FACTS = 20;

/** Where the runs of a repository and environment are published. */
export type FindPlace = (
  run: RunnerRun,
) => { readonly repository: string; readonly environment: number } | undefined;

/** All that is published of one machine. */
export function composeRunner(
  reader: BulkReader,
  { name, findPlace }: { readonly name: string; readonly findPlace: FindPlace },
): RunnerEntry {
  const runs = reader.listRunnerRuns(name, MOST_RUNS);
  return {
    name,
    roles: [...new Set(runs.map(({ role }) => role))],
    facts: listFacts(reader, runs),
    calibrations: runs
      .flatMap(({ before, after }) => [before, after])
      .flatMap(formatCalibration)
      .sort((a, b) => a.atMs - b.atMs)
      .slice(-MOST_RUNS),
    queue: runs.toReversed().flatMap((run) => formatQueueEntry(run, findPlace(run))),
  };
}

function listFacts(reader: BulkReader, runs: readonly RunnerRun[]): RunnerEntry['facts'] {
  const spans = new Map<number, { fromMs: number; toMs: number }>();
  for (const { machineId, startedAt } of runs) {
    const startedMs = toMs(startedAt);
    const span = spans.get(machineId);
    if (span === undefined) spans.set(machineId, { fromMs: startedMs, toMs: startedMs });
    else span.fromMs = startedMs;
  }
  return [...spans]
    .slice(0, MOST_FACTS)
    .map(([machineId, span]) => ({ facts: reader.readMachine(machineId), ...span }));
}

function formatCalibration(state: BulkState | null): Calibration[] {
  if (!state?.calibration) return [];
  const { workload, cpuMs, memoryMs } = state.calibration;
  return [
    {
      atMs: toMs(state.at),
      workload,
      cpuMs: roundTo(cpuMs, 4),
      memoryMs: roundTo(memoryMs, 4),
      load: state.load,
      cpuPressure: state.cpuPressure,
    },
  ];
}

function formatQueueEntry(run: RunnerRun, place: ReturnType<FindPlace>): QueueEntry[] {
  if (place === undefined) return [];
  const startedMs = toMs(run.startedAt);
  return [
    {
      ...place,
      startedMs,
      durationMs: toMs(run.finishedAt) - startedMs,
      outcome: run.outcome,
      interrupted: run.interrupted,
    },
  ];
}
