import { describe, expect, it } from 'vitest';
import { describeDifferences, judgeShift } from '../../core/changes/machine-shift.ts';
import type { LaneRun } from '../../core/store/lane-store.ts';
import { createRun } from '../../scripts/bench/runs.ts';

const RUN = createRun({ files: 1, testsPerFile: 1, samples: 1 }, 1);
const { facts } = RUN.machine;

function makeRuns(change: (at: number) => Partial<LaneRun>): LaneRun[] {
  return Array.from({ length: 12 }, (_, at) => ({
    id: String(at),
    commit: String(at),
    commitSubject: '',
    committedAt: '',
    branch: 'main',
    startedAt: '',
    nodeVersion: '24.1.0',
    outcome: 'passed',
    interrupted: false,
    modified: false,
    facts,
    calibrations: [],
    ...change(at),
  }));
}

const calibrate = (cpuMs: number, nodeVersion = '24.1.0') => [
  { version: 1, nodeVersion, cpuMs, memoryMs: 30 },
];

describe('judgeShift', () => {
  it.each([
    ['the calibration shows as much', calibrate(26), 'machine', 1.3],
    ['the calibration shows a third of it', calibrate(22), 'machine', 1.1],
    ['the calibration shows nothing of it', calibrate(20), 'tests', 1],
    ['the calibration went the other way', calibrate(16), 'tests', 1],
    ['nothing was calibrated', [], 'machine', null],
    ['it was calibrated on another Node', calibrate(26, '24.2.0'), 'machine', null],
  ] as const)('of everything, when %s', (_, calibrations, of, calibrationRatio) => {
    const runs = makeRuns((at) => ({ calibrations: at < 6 ? calibrate(20) : calibrations }));
    expect(judgeShift(runs, { at: 6, ratio: 1.3 })).toEqual({ of, calibrationRatio, causes: [] });
  });

  it('is of the machine when something about it is different, whatever the calibration says', () => {
    const runs = makeRuns((at) => ({
      calibrations: calibrate(20),
      facts: at < 6 ? facts : { ...facts, kernel: 'new', turbo: true, governor: null },
      nodeVersion: at < 6 ? '24.1.0' : '24.2.0',
    }));
    expect(judgeShift(runs, { at: 6, ratio: 1.3 })).toEqual({
      of: 'machine',
      calibrationRatio: 1,
      causes: [
        'Node 24.1.0 → 24.2.0',
        'kernel 6.1.0-18-amd64 → new',
        'governor performance → unknown',
        'turbo off → on',
      ],
    });
  });
});

it('finds no difference where one of the runs is not there', () => {
  expect(describeDifferences(undefined, makeRuns(() => ({}))[0])).toEqual([]);
});
