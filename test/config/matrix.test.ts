import { describe, expect, it } from 'vitest';
import type { RepoConfig } from '../../core/config/config.ts';
import { computeMatrix, listCrons, type MatrixFilter } from '../../core/config/matrix.ts';
import { ConfigError } from '../../core/errors.ts';

const EVERYTHING: MatrixFilter = { repositories: [], roles: [], cron: '' };

function makeRepo(name: string, values: Partial<RepoConfig> = {}): RepoConfig {
  const nothing = { testFolder: null, nodeVersions: null, jobType: null, schedule: null };
  return { owner: 'happner', name, ...nothing, ...values };
}

const repos = [
  makeRepo('tracey', {
    nodeVersions: ['22', '0.10'],
    jobType: 'performance-tracker-lite',
    schedule: '00 50 00 * * *',
  }),
  makeRepo('happn', { schedule: '30 50 00 * * *' }),
  makeRepo('happner-2', { schedule: '0 0 1 * * 7' }),
  makeRepo('plain'),
];

function refusal(run: () => unknown): { code: string; message: string; hint: string | undefined } {
  try {
    run();
  } catch (error) {
    if (error instanceof ConfigError) return { code: error.code, message: error.message, hint: error.hint };
    throw error;
  }
  throw new Error('Nothing was refused.');
}

describe('the matrix of repos', () => {
  it('has an entry for each repo and role, with everything that a job needs', () => {
    const { include } = computeMatrix(repos, EVERYTHING);
    expect(include.map(({ name }) => name)).toEqual([
      'happner.tracey.primary',
      'happner.tracey.field',
      'happner.happn.primary',
      'happner.happn.field',
      'happner.happner-2.primary',
      'happner.happner-2.field',
      'happner.plain.primary',
      'happner.plain.field',
    ]);
    expect(include[1]).toEqual({
      name: 'happner.tracey.field',
      repository: 'happner/tracey',
      role: 'field',
      'runs-on': ['self-hosted', 'tracey-field'],
      'node-version': '22,0.10',
      'job-type': 'performance-tracker-lite',
      schedule: '00 50 00 * * *',
      cron: '50 0 * * *',
    });
    expect(include.at(-1)).toMatchObject({ 'node-version': '', 'job-type': '', schedule: '', cron: '' });
  });

  it('names the entries of a repo that several job types measure differently', () => {
    const twice = [makeRepo('a', { jobType: 'x' }), makeRepo('A', { jobType: 'y' }), makeRepo('b')];
    const { include } = computeMatrix(twice, { ...EVERYTHING, roles: ['primary'] });
    expect(include.map(({ name }) => name)).toEqual([
      'happner.a+x.primary',
      'happner.A+y.primary',
      'happner.b.primary',
    ]);
  });

  it.each<[Partial<MatrixFilter>, string[]]>([
    [{ roles: ['field'], repositories: ['HAPPNER/Happn'] }, ['happner.happn.field']],
    [{ roles: ['primary'], cron: '50 0 * * *' }, ['happner.tracey.primary', 'happner.happn.primary']],
    [{ roles: ['primary'], cron: ' 0  1 * * 0' }, ['happner.happner-2.primary']],
    [
      { roles: ['primary'], cron: '50 0 * * *', repositories: ['happner/happn', 'happner/plain'] },
      ['happner.happn.primary'],
    ],
  ])('keeps only what is asked for: %j', (filter, names) => {
    const { include } = computeMatrix(repos, { ...EVERYTHING, ...filter });
    expect(include.map(({ name }) => name)).toEqual(names);
  });

  it('is refused without repos', () => {
    expect(refusal(() => computeMatrix([], EVERYTHING))).toEqual({
      code: 'matrix/no-repos',
      message: 'repos: is empty, so there is nothing to make a matrix of.',
      hint: 'List the repos to measure under repos: in .tracey.yml, each with its owner and name.',
    });
  });

  it.each([
    ['happner/trace', 'repos: holds no "happner/trace".', 'Did you mean "happner/tracey"?'],
    [
      'expressjs/express',
      'repos: holds no "expressjs/express".',
      'It holds happner/tracey, happner/happn, happner/happner-2, happner/plain. Add the repo to .tracey.yml.',
    ],
  ])('is refused for a repo that is not there: %s', (name, message, hint) => {
    expect(refusal(() => computeMatrix(repos, { ...EVERYTHING, repositories: [name] }))).toEqual({
      code: 'matrix/unknown-repository',
      message,
      hint,
    });
  });

  it('is refused for a cron entry that no schedule makes, and says which there are', () => {
    expect(refusal(() => computeMatrix(repos, { ...EVERYTHING, cron: '0 3 * * *' }))).toEqual({
      code: 'matrix/unknown-schedule',
      message: 'repos: no schedule makes the cron entry "0 3 * * *".',
      hint: 'The schedules make "50 0 * * *", "0 1 * * 0". Write the workflow anew: tracey init --workflow --force.',
    });
    expect(refusal(() => computeMatrix([makeRepo('a')], { ...EVERYTHING, cron: '0 3 * * *' })).hint).toBe(
      'No repo has a schedule: give one to it, or take the entry out of the workflow.',
    );
  });

  it('is refused when the repos asked for have another schedule', () => {
    const filter = { ...EVERYTHING, cron: '0 1 * * 0', repositories: ['happner/happn'] };
    expect(refusal(() => computeMatrix(repos, filter))).toEqual({
      code: 'matrix/unknown-schedule',
      message: 'No repo of happner/happn has the schedule "0 1 * * 0".',
      hint: 'Ask for one of the two only.',
    });
  });

  it('is refused beyond the jobs that GitHub makes of a matrix', () => {
    const many = Array.from({ length: 129 }, (_, index) => makeRepo(`repo-${index}`));
    expect(refusal(() => computeMatrix(many, EVERYTHING))).toEqual({
      code: 'matrix/too-many-jobs',
      message:
        'repos: 129 repos on primary and field machines make 258 jobs, and GitHub takes 256 in a matrix.',
      hint: 'Give the repos different schedules, or make a job for each role with a matrix of its own.',
    });
    expect(computeMatrix(many.slice(1), EVERYTHING).include).toHaveLength(256);
    expect(refusal(() => computeMatrix(many, { ...EVERYTHING, repositories: ['x/y'] })).hint).toMatch(
      /^It holds (happner\/repo-\d, ){9}happner\/repo-9 and 119 more\./,
    );
  });
});

describe('the cron entries of repos', () => {
  it('are each there once, with the repos that they start', () => {
    expect(
      listCrons(repos).map(({ cron, repos: started }) => [cron, ...started.map(({ name }) => name)]),
    ).toEqual([
      ['50 0 * * *', 'tracey', 'happn'],
      ['0 1 * * 0', 'happner-2'],
    ]);
  });
});
