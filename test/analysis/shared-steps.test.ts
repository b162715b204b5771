import { describe, expect, test } from 'vitest';
import { createSharedSteps, type ShownStep } from '../../core/analysis/shared-steps.ts';

const step = (name: string, at = 10, direction: 'slower' | 'faster' = 'slower'): ShownStep<string> => ({
  test: name,
  at,
  direction,
});

/** `count` tests of file a, some of file b, one of none. */
function createSteps(count = 6) {
  const steps = createSharedSteps((name: string) => (name === 'none' ? undefined : name.slice(0, 1)));
  for (let index = 0; index < count; index++) steps.addTest(`a${index}`);
  for (const name of ['b0', 'b1', 'none']) steps.addTest(name);
  return steps;
}

describe('a step is shared', () => {
  test('with another test of its file that shows it at about the same run', () => {
    const steps = createSteps();
    steps.show([step('a0'), step('a1', 12)]);
    expect(steps.isShared(step('a0'))).toBe(true);
    steps.show([step('a0'), step('a1', 13)]);
    expect(steps.isShared(step('a0'))).toBe(false);
  });

  test.each([
    ['itself', step('a0')],
    ['a test of another file', step('b0')],
    ['a test of no file', step('none')],
    ['one that became faster', step('a1', 10, 'faster')],
  ])('not with %s', (_, other) => {
    const steps = createSteps();
    steps.show([step('a0'), other]);
    expect(steps.isShared(step('a0'))).toBe(false);
  });

  test('not by a test of no file', () => {
    const steps = createSteps();
    steps.show([step('none'), step('a0')]);
    expect(steps.isShared(step('none'))).toBe(false);
  });

  test('with what was told, until long after', () => {
    const steps = createSteps();
    steps.keepTold(step('a1'));
    steps.show([step('a0')]);
    expect(steps.isShared(step('a0'))).toBe(true);
    steps.keepTold(step('a2', 200));
    expect(steps.isShared(step('a0'))).toBe(false);
  });

  test('in a file of many tests only when some of every hundred show it: a few do so by chance', () => {
    const steps = createSteps(101);
    const list = (count: number) => Array.from({ length: count }, (_, index) => step(`a${index}`));
    steps.show(list(5));
    expect(steps.isShared(step('a0'))).toBe(false);
    steps.show(list(6));
    expect(steps.isShared(step('a0'))).toBe(true);
  });
});
