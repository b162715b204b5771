import { describe, expect, it } from 'vitest';
import {
  type CpuProfile,
  computeProfileDifference,
  parseCpuProfile,
} from '../../core/analysis/profile-difference.ts';

interface Frame {
  readonly name: string;
  readonly url?: string;
  readonly line?: number;
  readonly ms: number;
}

/** A profile with one sample for each frame, which lasts until the next. */
function makeProfile(frames: readonly Frame[]): CpuProfile {
  return {
    nodes: frames.map(({ name, url = '', line = 0 }, index) => ({
      id: index + 1,
      callFrame: { functionName: name, url, lineNumber: line },
    })),
    samples: [...frames.map((_, index) => index + 1), 1],
    timeDeltas: [0, ...frames.map(({ ms }) => ms * 1000)],
  };
}

function compare(base: readonly Frame[], head: readonly Frame[]) {
  return computeProfileDifference(
    { profiles: [makeProfile(base)], folder: '/job/base' },
    { profiles: [makeProfile(head)], folder: '/job/head' },
    { leftOut: ['/tracey/probe/'] },
  );
}

describe('the difference of two profiles', () => {
  it('has functions by name and file, wherever they moved to, the one that grew most first', () => {
    const difference = compare(
      [
        { name: 'sum', url: '/job/base/lib/sum.js', line: 4, ms: 10 },
        { name: 'sort', url: 'file:///job/base/lib/my%20sort.js', line: 1, ms: 30 },
        { name: '(garbage collector)', ms: 2 },
      ],
      [
        { name: 'sum', url: '/job/head/lib/sum.js', line: 40, ms: 35 },
        { name: 'sort', url: 'file:///job/head/lib/my%20sort.js', line: 1, ms: 12 },
        { name: '(garbage collector)', ms: 3 },
      ],
    );
    expect(difference).toEqual({
      schema: 'tracey.profile/1',
      baseMs: 42,
      headMs: 50,
      functions: [
        { name: 'sum', file: 'lib/sum.js', line: 41, baseMs: 10, headMs: 35 },
        { name: '(garbage collector)', file: '', line: null, baseMs: 2, headMs: 3 },
        { name: 'sort', file: 'lib/my sort.js', line: 2, baseMs: 30, headMs: 12 },
      ],
    });
  });

  it('puts functions without a name of one file together', () => {
    const url = '/job/head/a.js';
    const { functions } = compare(
      [],
      [
        { name: '', url, line: 1, ms: 1 },
        { name: '', url, line: 9, ms: 2 },
      ],
    );
    expect(functions).toEqual([{ name: '(anonymous)', file: 'a.js', line: 2, baseMs: 0, headMs: 3 }]);
  });

  it('leaves out what is ours, idle, or the same', () => {
    const same = { name: 'same', url: 'node:fs', ms: 5 };
    const { functions, headMs } = compare(
      [same],
      [
        same,
        { name: 'write', url: '/tracey/probe/recorder.cjs', ms: 50 },
        { name: '(idle)', ms: 70 },
        { name: '(program)', ms: 9 },
      ],
    );
    expect(functions).toEqual([]);
    expect(headMs).toBe(5);
  });

  it('does not count what the machine did between two samples', () => {
    const url = '/job/head/a.js';
    const busy = Array.from({ length: 20 }, () => ({ name: 'works', url, ms: 1 }));
    const { functions } = compare([], [...busy, { name: 'is stopped', url, ms: 900 }]);
    expect(functions.map(({ name, headMs }) => [name, headMs])).toEqual([
      ['works', 20],
      ['is stopped', 10],
    ]);
  });

  it('tells nobody where on this machine things are', () => {
    const { functions } = compare(
      [],
      [
        { name: 'a', url: '/home/me/node_modules/x/node_modules/dep/index.js', ms: 3 },
        { name: 'b', url: '/home/me/secret/file.js', ms: 2 },
      ],
    );
    expect(functions.map(({ file }) => file)).toEqual(['node_modules/dep/index.js', 'file.js']);
  });

  it('is bounded in number and length', () => {
    const many = Array.from({ length: 500 }, (_, index) => ({
      name: `f${index}${'x'.repeat(1000)}`,
      url: `/job/head/${'y'.repeat(1000)}${index}.js`,
      ms: index + 1,
    }));
    const { functions } = compare([], many);
    expect(functions).toHaveLength(40);
    expect(functions[0]?.headMs).toBe(500);
    expect(Math.max(...functions.flatMap(({ name, file }) => [name.length, file.length]))).toBe(120);
  });

  it.each(['', 'null', '{"nodes":[]}', '{"nodes":[{}],"samples":[],"timeDeltas":[]}'])(
    'is not made of what is no profile: %s',
    (text) => {
      expect(parseCpuProfile(text)).toBeNull();
    },
  );
});
