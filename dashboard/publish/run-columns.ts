/** What every chart needs of the runs of one environment, and what a hover needs, in files of 64. Pure. */

import type { MachineFacts } from '../../core/model.ts';
import { OUTCOMES } from '../../core/model.ts';
import type { BulkRun } from '../../core/store/bulk-reader.ts';
import type { StoredMachineChange } from '../../core/store/change-store.ts';
import { encodeDeltas } from '../columns.ts';
import { type Ref, RUN_FLAGS, type RunNote, type RunsFile } from '../data-format.ts';
import { formatCommit } from './commits.ts';
import { roundTo, toSeconds } from './figures.ts';
import { isNoisy } from './noisy.ts';

/** The columns of the runs, in their order. */
export function composeRuns(
  runs: readonly BulkRun[],
  known: {
    readonly readMachine: (machineId: number) => MachineFacts;
    readonly machineChanges: readonly StoredMachineChange[];
  },
): RunsFile {
  const nodeVersions = createNames<string>();
  const machines = createNames<number>();
  const branches = createNames<string | null>();
  const numbers = new Map(runs.map(({ uid }, number) => [uid, number]));
  return {
    startedMs: encodeDeltas(runs.map(({ uid }) => readStart(uid))),
    committedS: encodeDeltas(runs.map(({ committedAt }) => toSeconds(committedAt))),
    commits: encodeDeltas(runs.map(({ commitNumber }) => commitNumber)),
    outcomes: runs.map(({ outcome }) => OUTCOMES.indexOf(outcome)).join(''),
    nodeVersion: encodeDeltas(runs.map(({ nodeVersion }) => nodeVersions.intern(nodeVersion))),
    machine: encodeDeltas(runs.map(({ machineId }) => machines.intern(machineId))),
    branch: encodeDeltas(runs.map(({ branch }) => branches.intern(branch))),
    flags: runs.map((run) => computeFlags(run).toString(16)).join(''),
    nodeVersions: nodeVersions.names,
    machines: machines.names.map(known.readMachine),
    branches: branches.names,
    machineChanges: known.machineChanges.flatMap(({ runId, ratio, calibrationRatio, causes }) => {
      const run = numbers.get(runId);
      return run === undefined ? [] : [{ run, ratio, calibrationRatio, causes }];
    }),
  };
}

/** When a run began, as its id says. */
export function readStart(uid: string): number {
  return Number(uid.slice(0, 13));
}

function computeFlags(run: BulkRun): number {
  return (
    (run.modified ? RUN_FLAGS.modified : 0) |
    (run.interrupted ? RUN_FLAGS.interrupted : 0) |
    (isNoisy(run.before, run.after) ? RUN_FLAGS.noisy : 0) |
    (run.hasDetail ? RUN_FLAGS.detailed : 0)
  );
}

/** What a hover or a link needs of a run. */
export function composeNote(run: BulkRun, file: Ref): RunNote {
  return {
    id: run.uid,
    file,
    durationMs: roundTo(run.durationMs, 5),
    ...(run.reason !== null && { reason: run.reason }),
    ...formatCommit(run),
  };
}

/** Values by the order in which they first came. */
function createNames<Name>() {
  const places = new Map<Name, number>();
  const names: Name[] = [];
  return {
    names: names as readonly Name[],
    intern(name: Name): number {
      const known = places.get(name);
      if (known !== undefined) return known;
      places.set(name, names.length);
      return names.push(name) - 1;
    },
  };
}
