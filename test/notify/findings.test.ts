import { describe, expect, it } from 'vitest';
import type { Finding, Problem } from '../../core/notify/finding.ts';
import { computeFindings, type JobFacts } from '../../core/notify/findings.ts';
import type { RunNews, Since } from '../../core/notify/news.ts';
import { createFailing, createRunNews, createSince } from '../github/news.ts';
import { createSlowerFinding } from './findings-fixture.ts';

const PLACE = { branch: 'main', jobType: 'performance-tracker-lite', runner: 'bench' };

function createJob(overrides: Partial<JobFacts> = {}, runs: readonly RunNews[] = []): JobFacts {
  return {
    news: { repository: 'happner/sample', runs, failures: [] },
    place: PLACE,
    commit: null,
    log: [],
    changes: [],
    ...overrides,
  };
}

function createFailedJob(nodeVersion: string | null, overrides: Partial<JobFacts> = {}): JobFacts {
  const failures = [{ nodeVersion, message: 'no such package' }];
  return createJob({ news: { repository: 'happner/sample', runs: [], failures }, ...overrides });
}

/** A run whose total took so long, after one that took `beforeMs`. */
function createTimedRun(
  nowMs: number,
  beforeMs: number | null,
  { sha = 'a', since = {} }: { readonly sha?: string; readonly since?: Partial<Since> } = {},
): RunNews {
  const { run } = createRunNews();
  const commit = sha.repeat(40);
  return createRunNews({
    run: {
      ...run,
      commit,
      commitDetails: { ...run.commitDetails, sha: commit },
      totals: { ...run.totals, durationMs: nowMs, failed: 0, aborted: 0 },
    },
    since: beforeMs === null ? null : { ...createSince(), ratio: nowMs / beforeMs, ...since },
  });
}

/** What is known after findings were told. */
function learn(known: readonly Problem[], findings: readonly Finding[]): Problem[] {
  const over = new Set(findings.flatMap((one) => (one.kind === 'recovered' ? [one.id] : [])));
  const problems = findings.flatMap((one) =>
    one.kind === 'recovered' || one.kind === 'vanished' ? [] : [one],
  );
  return [...known.filter(({ id }) => !over.has(id)), ...problems];
}

/** The findings of one job after the other. */
function tellInTurn(...jobs: readonly JobFacts[]): string[][] {
  let known: Problem[] = [];
  return jobs.map((job) => {
    const findings = computeFindings(job, known);
    known = learn(known, findings);
    return findings.map(({ kind }) => kind);
  });
}

describe('computeFindings', () => {
  it('finds nothing where all is well', () => {
    expect(computeFindings(createJob({}, [createTimedRun(1000, 1000)]), [])).toEqual([]);
  });

  it('finds a job that could not measure, with the end of its log', () => {
    const log = Array.from({ length: 50 }, (_, index) => `line ${index}`);
    const [finding] = computeFindings(createFailedJob('24.1.0', { log }), []);
    expect(finding).toMatchObject({
      kind: 'error',
      place: { ...PLACE, repository: 'happner/sample', node: '24' },
      reason: 'no such package',
      log: log.slice(-40),
    });
  });

  it('finds a run in which no test came to its end', () => {
    const { run } = createRunNews();
    const totals = { ...run.totals, passed: 0, failed: 0, skipped: 0, aborted: 3 };
    const news = createRunNews({ run: { ...run, totals, outcome: 'aborted' }, failing: [createFailing()] });
    const [finding] = computeFindings(createJob({}, [news]), []);
    expect(finding).toMatchObject({ kind: 'error', reason: 'expected 1 to equal 2' });
  });

  it('takes failing tests for a result', () => {
    const { run } = createRunNews();
    const news = createRunNews({ run: { ...run, outcome: 'failed', totals: { ...run.totals, failed: 3 } } });
    expect(computeFindings(createJob({}, [news]), [])).toEqual([]);
  });

  it('tells an error once, and once that it is over', () => {
    const fine = createJob({}, [createTimedRun(1000, null)]);
    const failed = createFailedJob('24.1.0');
    expect(tellInTurn(failed, failed, fine, fine, failed)).toEqual([
      ['error'],
      [],
      ['recovered'],
      [],
      ['error'],
    ]);
  });

  it('takes an error of the whole job as over when any Node version was measured', () => {
    expect(tellInTurn(createFailedJob(null), createJob({}, [createTimedRun(1, null)]))).toEqual([
      ['error'],
      ['recovered'],
    ]);
  });

  it('does not take the error of one Node version as over when another was measured', () => {
    const fine = createJob({}, [createTimedRun(1, null)]);
    expect(tellInTurn(createFailedJob('0.10.48'), fine, createFailedJob('0.10.47'))).toEqual([
      ['error'],
      [],
      [],
    ]);
  });

  it.each([
    ['branch', { place: { ...PLACE, branch: 'next' } }],
    ['runner', { place: { ...PLACE, runner: 'field-1' } }],
    ['job type', { place: { ...PLACE, jobType: 'other' } }],
  ])('takes the same on another %s for another problem', (_, overrides) => {
    expect(tellInTurn(createFailedJob('24.1.0'), createFailedJob('24.1.0', overrides))).toEqual([
      ['error'],
      ['error'],
    ]);
  });

  it.each([
    ['interrupted', (news: RunNews) => ({ ...news, run: { ...news.run, interrupted: true } })],
    [
      'modified',
      ({ run, ...news }: RunNews) => ({
        ...news,
        run: { ...run, commitDetails: { ...run.commitDetails, modified: true } },
      }),
    ],
  ])('finds nothing in an %s run', (_, change) => {
    expect(computeFindings(createJob({}, [change(createTimedRun(1300, 1000))]), [])).toEqual([]);
  });

  it('passes on what was decided elsewhere, once, and its end', () => {
    const change = createSlowerFinding({ id: 'change 1' });
    const over: Finding = { kind: 'recovered', id: 'change 1', problem: change, commit: null, nowMs: 1 };
    const unknown: Finding = { ...over, id: 'change 2' };
    expect(
      tellInTurn(
        createJob({ changes: [change] }),
        createJob({ changes: [change] }),
        createJob({ changes: [over, unknown] }),
        createJob({ changes: [over] }),
      ),
    ).toEqual([['slower'], [], ['recovered'], []]);
  });

  it('names errors before what is slower', () => {
    const job = createJob({ changes: [createSlowerFinding()] });
    const both = { ...job, news: { ...job.news, failures: [{ nodeVersion: null, message: 'no' }] } };
    expect(computeFindings(both, []).map(({ kind }) => kind)).toEqual(['error', 'slower']);
  });
});
