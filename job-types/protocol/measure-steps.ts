/** A recording as a measurement like any other: the version is the file, its steps are the tests. Pure. */
import type { FileMeasurement, TestMeasurement } from '../../core/measure/measurement.ts';
import { computeFailure, computeFirstLine, computeTitle } from '../../core/measure/measurement.ts';
import type { SpawnResult } from '../../core/measure/spawn.ts';
import type { RecordedStep, Recording } from './recording.ts';

export function measureSteps(
  recording: Recording,
  of: { readonly label: string; readonly process: SpawnResult },
): FileMeasurement {
  const { label, process } = of;
  const reason = findReason(recording);
  const { exitCode, signal, durationMs, output } = process;
  return {
    path: label,
    outcome: recording.isWhole ? 'passed' : 'failed',
    ...(reason === null ? {} : { reason, output }),
    durationMs,
    loadMs: null,
    peakRssBytes: null,
    exitCode,
    signal,
    fingerprint: null,
    suites: [],
    tests: recording.steps.map(measureStep),
  };
}

/** Which step failed, and why; null when none did. */
function findReason({ steps, isWhole, ending: how }: Recording): string | null {
  if (isWhole) return null;
  for (const { name, ending } of steps) {
    if (ending.kind === 'failed') return `step "${name}": ${formatError(ending.error)}`;
  }
  const where = steps.length === 0 ? 'it ended before its first step' : 'it ended after its last step';
  return `${where}: ${formatError(how)}`;
}

function measureStep({ name, title, ending }: RecordedStep): TestMeasurement {
  const identity = { title: [computeTitle(`${name}: ${title}`)], hooksMs: null, cpuMs: null };
  if (ending.kind === 'done') {
    return { ...identity, outcome: 'passed', durationMs: ending.durationMs, attempts: 1 };
  }
  if (ending.kind === 'left-out') {
    return { ...identity, outcome: 'skipped', reason: ending.reason, durationMs: null, attempts: 0 };
  }
  return {
    ...identity,
    outcome: 'failed',
    reason: formatError(ending.error),
    error: computeFailure({ message: formatError(ending.error), stack: ending.error }),
    durationMs: ending.durationMs,
    attempts: 1,
  };
}

function formatError(error: string): string {
  return computeFirstLine(error).replace(/^Error: /, '');
}
