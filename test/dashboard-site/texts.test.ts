import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { computePlaces } from '../../dashboard/src/charts/small-trend.ts';
import {
  describeEnvironment,
  findEnvironment,
  formatCommitLink,
  formatLink,
  formatQuery,
  KEYS,
  parseQuery,
} from '../../dashboard/src/page/address.ts';
import { formatEnvironmentKey, parseEnvironmentKeys } from '../../dashboard/src/page/environments.ts';
import { sortRows } from '../../dashboard/src/page/table.ts';
import { formatAgo, formatDate, formatSpan, formatTime } from '../../dashboard/src/text/dates.ts';
import {
  formatBytes,
  formatCount,
  formatDuration,
  formatInterval,
  formatNoise,
  formatShare,
  formatSignedDuration,
  formatSignedRatio,
  formatWhole,
  nameDirection,
} from '../../dashboard/src/text/figures.ts';
import { prepareSearch, search, splitMatches } from '../../dashboard/src/text/search.ts';

const HOUR = 3_600_000;

const ENVIRONMENTS = [
  { runner: 'bench', role: 'primary', nodeLine: '24', jobType: 'a', isolation: 'file' },
  { runner: 'bench', role: 'primary', nodeLine: '24', jobType: 'b', isolation: 'file' },
  { runner: 'a b/c', role: 'field', nodeLine: '22', jobType: 'a', isolation: 'file' },
] as const;

describe('figures', () => {
  it('always have their sign and their unit', () => {
    expect([1.124, 0.97, 1, 4.2, null].map((ratio) => formatSignedRatio(ratio))).toEqual([
      '+12.4\u00a0%',
      '−3.0\u00a0%',
      '0.0\u00a0%',
      '4.20×',
      '–',
    ]);
    expect(formatInterval(0.98, 1.2)).toBe('−2.0\u00a0% to +20.0\u00a0%');
    expect([0.04, null].map((share) => formatNoise(share))).toEqual(['±4.0\u00a0%', '–']);
    expect([0.004, 0.5, null].map((share) => formatShare(share))).toEqual(['0.4\u00a0%', '50\u00a0%', '–']);
  });

  it('stay in one piece with their unit wherever a line ends', () => {
    expect([1190, 125_000, null].map((ms) => formatDuration(ms))).toEqual([
      '1.19\u00a0s',
      '2\u00a0min\u00a005\u00a0s',
      '–',
    ]);
    expect(formatSignedDuration(-1.24)).toBe('−1.24\u00a0ms');
    expect(formatBytes(1_240_000)).toBe('1.24\u00a0MB');
    expect(formatCount(2, 'test')).toBe('2\u00a0tests');
  });

  it('have thousands apart', () => {
    expect([7, 1234, 1_234_567].map(formatWhole)).toEqual(['7', '1\u202f234', '1\u202f234\u202f567']);
  });

  it('have a direction only beyond what counts as the same', () => {
    expect([1.2, 0.8, 1.001, null].map((ratio) => nameDirection(ratio))).toEqual([
      'slower',
      'faster',
      '',
      '',
    ]);
    expect(nameDirection(1.02, 0.03)).toBe('');
  });
});

describe('times', () => {
  it('are told in UTC', () => {
    const at = Date.UTC(2026, 2, 9, 14, 5);
    expect(formatDate(at)).toBe('2026-03-09');
    expect(formatTime(at)).toBe('2026-03-09 14:05\u00a0UTC');
  });

  it('are told in their largest unit, before and after now', () => {
    expect([45_000, 5 * 60_000, 3 * HOUR, 240 * HOUR, 3000 * HOUR, 30_000 * HOUR].map(formatSpan)).toEqual([
      '45\u00a0s',
      '5\u00a0min',
      '3\u00a0h',
      '10\u00a0days',
      '4\u00a0months',
      '3\u00a0years',
    ]);
    expect([0, 2 * HOUR, -2 * HOUR].map((ago) => formatAgo(-ago, 0))).toEqual([
      'just now',
      '2\u00a0h ago',
      'in 2\u00a0h',
    ]);
  });
});

describe('an address', () => {
  it('says again what it was made from, whatever the text', () => {
    const texts = fc.dictionary(fc.constantFrom(...KEYS), fc.string({ minLength: 1 }));
    fc.assert(
      fc.property(texts, (query) => {
        expect(parseQuery(formatQuery(query))).toEqual({ ...query });
      }),
    );
  });

  it('leaves out what is not chosen', () => {
    expect(formatLink('series', { repo: 'a/b', subject: 7, branch: null, q: '' })).toBe(
      './series.html?repo=a%2Fb&subject=7',
    );
    expect(formatLink('index')).toBe('./index.html');
    expect(parseQuery('?repo=&unknown=1&node=24')).toEqual({ node: '24' });
  });

  it('names an environment by as little as needed, and finds it again', () => {
    for (const [position, environment] of ENVIRONMENTS.entries()) {
      expect(findEnvironment(describeEnvironment(environment, ENVIRONMENTS), ENVIRONMENTS)).toBe(position);
    }
    expect(describeEnvironment(ENVIRONMENTS[2], ENVIRONMENTS)).toMatchObject({ job: null, isolation: null });
    expect(findEnvironment({ runner: 'other' }, ENVIRONMENTS)).toBe(-1);
    const keys = [2, 0].map((position) => formatEnvironmentKey(ENVIRONMENTS[position] ?? ENVIRONMENTS[0]));
    expect(parseEnvironmentKeys(`${keys.join(' ')} nobody/1/x/file`, ENVIRONMENTS)).toEqual([0, 2]);
  });

  it('leads to a commit or what came between two, at a web server only', () => {
    const url = 'https://github.com/a/b';
    expect(formatCommitLink(url, 'abc')).toBe(`${url}/commit/abc`);
    expect(formatCommitLink(url, 'abc', 'def')).toBe(`${url}/compare/def...abc`);
    expect(formatCommitLink(url, 'abc', 'abc')).toBe(`${url}/commit/abc`);
    expect(formatCommitLink('javascript:alert(1)//', 'abc')).toBeNull();
    expect(formatCommitLink(null, 'abc')).toBeNull();
  });
});

describe('the search', () => {
  const names = prepareSearch([
    'test/a.js Server starts',
    'test/b.js Server stops quickly',
    'test/c.js quickly Server',
  ]);

  it('wants every word, wherever it is and however it is written', () => {
    expect(search(names, 'SERVER', 9).found).toEqual([0, 1, 2]);
    expect(search(names, 'quickly server', 9)).toEqual({ found: [2, 1], count: 2 });
    expect(search(names, 'nowhere', 9)).toEqual({ found: [], count: 0 });
    expect(search(names, '  ', 9)).toEqual({ found: [], count: 0 });
  });

  it('counts all of them and gives the first', () => {
    expect(search(names, 'test', 2)).toEqual({ found: [0, 1], count: 3 });
  });

  it('marks what matches, and never loses a letter', () => {
    expect(splitMatches('Server stops', ['st', 'ser'])).toEqual([
      { text: 'Ser', matches: true },
      { text: 'ver ', matches: false },
      { text: 'st', matches: true },
      { text: 'ops', matches: false },
    ]);
    fc.assert(
      fc.property(fc.string(), fc.array(fc.string({ minLength: 1 }), { maxLength: 3 }), (text, words) => {
        expect(
          splitMatches(text, words)
            .map((piece) => piece.text)
            .join(''),
        ).toBe(text);
      }),
    );
  });
});

describe('rows', () => {
  it('are sorted by a column, those without a value last in either direction', () => {
    const columns = [{ name: 'Time', value: (row: number | null) => row }];
    const rows = [2, null, 3, 1];
    expect(sortRows(rows, columns, { column: 'Time', direction: 'ascending' })).toEqual([1, 2, 3, null]);
    expect(sortRows(rows, columns, { column: 'Time', direction: 'descending' })).toEqual([3, 2, 1, null]);
    expect(sortRows(rows, columns, { column: 'Other', direction: 'ascending' })).toEqual(rows);
  });
});

describe('a small trend', () => {
  it('goes from left to right, leaves gaps out, and shows noise as little', () => {
    expect(computePlaces([1, null, 3])).toEqual([
      [0, 22],
      [100, 2],
    ]);
    const heights = computePlaces([100, 101, 100]).map(([, y]) => y);
    expect(Math.max(...heights) - Math.min(...heights)).toBeLessThan(3);
    expect(computePlaces([null])).toEqual([]);
  });
});
