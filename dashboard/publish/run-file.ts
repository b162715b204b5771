/** One run as it is published, from its results in a table of several runs. */

import type { MachineState } from '../../core/model.ts';
import { OUTCOMES } from '../../core/model.ts';
import {
  ABSENT,
  type BulkReader,
  type BulkRun,
  type BulkSubject,
  type ResultTable,
} from '../../core/store/bulk-reader.ts';
import { cutText } from '../../core/text.ts';
import { encodeDeltas } from '../columns.ts';
import type { MachineReading, RunFile, RunFileEntry } from '../data-format.ts';
import { formatCommit } from './commits.ts';
import { composeDocuments } from './documents.ts';
import { roundTo, toMs, toShortMs } from './figures.ts';
import { isNoisy } from './noisy.ts';
import { isFailure } from './outcomes.ts';

const MOST_FAILURES = 500;
const MOST_MESSAGE = 300;
const DIGITS = 4;

/** Where a run is in a table. */
export interface RunOfTable {
  readonly run: BulkRun;
  /** Position in the table. */
  readonly at: number;
  readonly table: ResultTable;
  /** What the table's subjects are, one by one. */
  readonly subjects: readonly BulkSubject[];
}

/** Reads what else is known of the run, and puts it together. */
export function composeRunFile(reader: BulkReader, of: RunOfTable): RunFile {
  const { run } = of;
  const results = listResults(of);
  const facts = reader.readRunFacts(run.uid);
  const { machine, dependencies, documents } = facts;
  return {
    id: run.uid,
    repository: facts.repository,
    environment: {
      runner: facts.runner,
      role: facts.role,
      nodeLine: facts.nodeLine,
      jobType: facts.jobType,
      isolation: facts.isolation,
    },
    commit: {
      ...formatCommit(run),
      parents: facts.commitDetails.parents,
      branch: run.branch,
      modified: run.modified,
    },
    nodeVersion: run.nodeVersion,
    framework: run.framework,
    startedMs: toMs(run.startedAt),
    finishedMs: toMs(run.finishedAt),
    outcome: run.outcome,
    reason: run.reason,
    interrupted: run.interrupted,
    noisy: isNoisy(run.before, run.after),
    samples: facts.samples,
    totals: facts.totals,
    dependencies: {
      source: dependencies.source,
      packageManager: dependencies.packageManager,
      durationMs: dependencies.durationMs,
      artifactBytes: dependencies.artifact?.bytes ?? null,
    },
    machine: {
      facts: machine.facts,
      before: machine.before && formatReading(machine.before),
      after: machine.after && formatReading(machine.after),
    },
    files: composeFiles(reader, of, results),
    ...composeColumns(of, results),
    ...composeFailures(reader, of, results),
    documents: composeDocuments(documents),
  };
}

function formatReading({
  at,
  load,
  cpuPressure,
  memoryFreeBytes,
  calibration,
}: MachineState): MachineReading {
  return {
    atMs: toMs(at),
    load,
    cpuPressure,
    memoryFreeBytes,
    calibration: calibration && {
      workload: `${calibration.version}, Node ${calibration.nodeVersion}`,
      cpuMs: roundTo(calibration.cpuMs, DIGITS),
      memoryMs: roundTo(calibration.memoryMs, DIGITS),
    },
  };
}

/** Positions among the table's subjects of those that the run has. */
function listResults({ at, table, subjects }: RunOfTable): Int32Array {
  const results = new Int32Array(subjects.length);
  let count = 0;
  for (let index = 0; index < subjects.length; index += 1) {
    if (table.outcomes[index * table.runs + at] === ABSENT) continue;
    results[count] = index;
    count += 1;
  }
  return results.subarray(0, count);
}

function composeFiles(reader: BulkReader, of: RunOfTable, results: Int32Array): RunFileEntry[] {
  const { at, table, run, subjects } = of;
  const known = reader.readFileFacts(run.id);
  const hooks = run.hasDetail ? reader.readHooks(run.id) : null;
  const entries = new Map<number, RunFileEntry & { testsMs: number; tests: number; loadMs: number | null }>();
  for (const index of results) {
    const subject = subjects[index] as BulkSubject;
    const cell = index * table.runs + at;
    const ms = (table.durationsNs[cell] as number) / 1e6;
    if (subject.kind === 'file') {
      const {
        fingerprint = null,
        peakRssBytes = null,
        exitCode = null,
        signal = null,
      } = known.get(subject.id) ?? {};
      const hooksMs = hooks?.get(subject.id);
      entries.set(subject.id, {
        subject: subject.id,
        path: subject.name,
        outcome: OUTCOMES[table.outcomes[cell] as number] ?? 'aborted',
        durationMs: toShortMs(table.durationsNs[cell] as number, DIGITS),
        loadMs: null,
        testsMs: 0,
        hooksMs: hooksMs === undefined ? null : roundTo(hooksMs, DIGITS),
        tests: 0,
        peakRssBytes,
        exitCode,
        signal,
        fingerprint: fingerprint?.slice(0, 12) ?? null,
      });
      continue;
    }
    const entry = entries.get(subject.fileId ?? -1);
    if (entry === undefined) continue;
    if (subject.kind === 'load') entry.loadMs = toShortMs(table.durationsNs[cell] as number, DIGITS);
    if (subject.kind !== 'test') continue;
    entry.tests += 1;
    if (!Number.isNaN(ms)) entry.testsMs += ms;
  }
  for (const entry of entries.values()) entry.testsMs = roundTo(entry.testsMs, DIGITS);
  const inOrder = [...(hooks?.keys() ?? [])].flatMap((id) => entries.get(id) ?? []);
  return [...new Set([...inOrder, ...entries.values()])];
}

function composeColumns(
  { at, table, subjects: among }: RunOfTable,
  results: Int32Array,
): Pick<RunFile, 'subjects' | 'outcomes' | 'durationsMs' | 'spreads'> {
  const subjects: number[] = [];
  const durationsMs: (number | null)[] = [];
  const spreads: (number | null)[] = [];
  let outcomes = '';
  for (const index of results) {
    const subject = among[index] as BulkSubject;
    const cell = index * table.runs + at;
    if (subject.kind !== 'test' && subject.kind !== 'suite') continue;
    subjects.push(subject.id);
    outcomes += String(table.outcomes[cell]);
    durationsMs.push(toShortMs(table.durationsNs[cell] as number, DIGITS));
    const spread = table.spreads[cell] as number;
    spreads.push(spread < 0 ? null : Math.round(spread / 10));
  }
  return { subjects: encodeDeltas(subjects), outcomes, durationsMs, spreads };
}

function composeFailures(
  reader: BulkReader,
  of: RunOfTable,
  results: Int32Array,
): Pick<RunFile, 'failures' | 'failureCount'> {
  const failed: number[] = [];
  for (const index of results) {
    const subject = of.subjects[index] as BulkSubject;
    const cell = index * of.table.runs + of.at;
    const isShown = subject.kind === 'file' || subject.kind === 'test';
    if (isShown && isFailure(of.table.outcomes[cell])) failed.push(subject.id);
  }
  const failures = failed.slice(0, MOST_FAILURES).map((subject) => {
    const { reason = null, message = null } = reader.findExplanation(of.run.id, subject) ?? {};
    return {
      subject,
      reason: reason && cutText(reason, MOST_MESSAGE),
      message: message && cutText(message, MOST_MESSAGE),
    };
  });
  return { failures, failureCount: failed.length };
}
