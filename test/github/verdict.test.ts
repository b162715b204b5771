import { describe, expect, it } from 'vitest';
import { computeStatus, computeStatusContext } from '../../action/github/status.ts';
import { computeHeadline, computeState, formatRunLine } from '../../action/github/verdict.ts';
import type { Outcome } from '../../core/model.ts';
import type { JobNews, RunNews } from '../../core/notify/news.ts';
import { createChange, createContext, createFound, createNews, createRunNews, createSince } from './news.ts';

function createEnded(outcome: Outcome, overrides: Partial<RunNews['run']> = {}): RunNews {
  const run = createRunNews();
  const failed = outcome === 'failed' ? 3 : 0;
  const totals = { ...run.run.totals, tests: 1260, failed, passed: 1260 - failed };
  return { ...run, run: { ...run.run, outcome, totals, ...overrides } };
}

const passed = createNews({ runs: [createEnded('passed')] });
const failed = createNews({ outcome: 'failed', runs: [createEnded('failed'), createEnded('passed')] });
const slower = createNews({ runs: [createEnded('passed')], changes: [createFound()] });
const standing = createNews({ runs: [createEnded('passed')], changes: [createFound('standing')] });
const suspect = createNews({ runs: [createEnded('passed')], changes: [createFound('suspect')] });
const skipped = createNews({ outcome: 'skipped', runs: [], skippedBecause: 'It comes from a fork.' });
const allSkipped = createNews({ outcome: 'skipped', runs: [createEnded('skipped')] });
const unmeasured = createNews({
  outcome: 'aborted',
  runs: [],
  failures: [{ nodeVersion: '22', message: 'Node 22 is\nnowhere.' }],
});
const partly = createNews({
  outcome: 'aborted',
  runs: [createEnded('passed')],
  failures: unmeasured.failures,
});
const interrupted = createNews({ runs: [createEnded('passed', { interrupted: true })] });
const crashed = createNews({ outcome: 'aborted', runs: [createEnded('aborted')] });

const recovered = createNews({ runs: [createEnded('passed')], changes: [createFound('recovered')] });
const apart = createNews({
  runs: [{ ...createEnded('passed'), since: createSince([createChange({ ratio: 2.5 })]) }],
});

describe('computeState', () => {
  it.each<[string, JobNews, tests: string, slowdown: string]>([
    ['that passed', passed, 'success', 'success'],
    ['that failed', failed, 'failure', 'failure'],
    ['that crashed', crashed, 'failure', 'failure'],
    ['in which nothing ran', allSkipped, 'failure', 'failure'],
    ['that is slower, as was proven', slower, 'success', 'failure'],
    ['that is still slower since an earlier commit of the branch', standing, 'success', 'failure'],
    ['that may be slower', suspect, 'success', 'success'],
    ['whose samples are apart from those of another run', apart, 'success', 'success'],
    ['that the guard let not run', skipped, 'success', 'success'],
    ['that could not be measured', unmeasured, 'error', 'error'],
    ['that could not be measured on every Node version', partly, 'error', 'error'],
    ['that was interrupted', interrupted, 'error', 'error'],
  ])('of a job %s', (_, news, tests, slowdown) => {
    expect(computeState(news, 'tests')).toBe(tests);
    expect(computeState(news, 'slowdown')).toBe(slowdown);
    expect(computeState(news, 'never')).toBe('success');
  });
});

describe('computeHeadline', () => {
  it.each([
    [passed, '✅ passed'],
    [failed, '❌ 3 tests failed'],
    [crashed, '❌ failed'],
    [allSkipped, '⚪ every test is skipped'],
    [slower, '⚠️ 1 test slower, confirmed'],
    [suspect, '❔ 1 suspect, not confirmed'],
    [recovered, '✅ 1 test no longer slow'],
    [apart, '✅ nothing became slower for sure'],
    [createNews({ runs: [createRunNews({ since: createSince() })] }), '✅ nothing became slower for sure'],
    [skipped, '⚪ not measured'],
    [unmeasured, '❌ could not be measured'],
    [partly, '❌ could not be measured on every Node version'],
    [interrupted, '❌ interrupted'],
  ] as const)('says the one thing to know, %#', (news, expected) => {
    const { mark, text } = computeHeadline(news);
    expect(`${mark} ${text}`).toBe(expected);
  });
});

describe('formatRunLine', () => {
  it('says how the run ended and what changed', () => {
    const since = { ...createSince(), slower: 2, faster: 1, ratio: 1.041 };
    expect(formatRunLine({ ...createEnded('failed'), since })).toBe(
      'Node 24.1.0: 3 of 1260 tests failed, 2 slower by samples, 1 faster by samples, +4.1 %',
    );
    expect(formatRunLine(createEnded('passed'))).toMatch(/^Node 24\.1\.0: 1260 tests passed, \d+ ms$/);
  });
});

describe('computeStatus', () => {
  it('describes the job in one line that is not too long', () => {
    expect(computeStatus(unmeasured, 'tests')).toEqual({
      state: 'error',
      description: 'Could not be measured. Node 22 is nowhere.',
    });
    expect(computeStatus(skipped, 'tests')).toEqual({
      state: 'success',
      description: 'Not measured. It comes from a fork.',
    });
    const many = createNews({ runs: Array.from({ length: 9 }, () => createEnded('passed')) });
    const { description } = computeStatus(many, 'tests');
    expect(description).toHaveLength(140);
    expect(description).toMatch(/^Passed\. Node 24\.1\.0: 1260 tests passed, .*…$/);
  });

  it('has a name of its own for each role, runner and job type', () => {
    const contexts = [
      createContext(),
      createContext({ role: 'field' }),
      createContext({ runner: 'pi-4' }),
      createContext({ jobType: 'other' }),
    ];
    expect(new Set(contexts.map(computeStatusContext)).size).toBe(4);
    expect(computeStatusContext(createContext({ runner: 'x'.repeat(500) }))).toHaveLength(100);
  });
});
