import { describe, expect, it } from 'vitest';
import {
  addDecision,
  DECISIONS_FILE,
  type Decision,
  matchesPattern,
  parseDecisions,
} from '../../core/config/decisions.ts';

const DECISION: Decision = {
  test: 'test/a.js > suite > works',
  commit: '3f2a9c1d55ab',
  node: '24',
  state: 'expected',
  reason: 'sorting is worth it',
};

describe('the list of decisions', () => {
  it('is read back as it was written, whatever the names and reasons are', () => {
    const hostile = ['- a: b', '"x"', "'", '#', '&a *a', '!!js/function', '| >', ': {', '\u2028', '%'];
    const decisions = [
      DECISION,
      ...hostile.map(
        (text): Decision => ({
          test: `test/${text}.js`,
          commit: null,
          node: null,
          state: 'acknowledged',
          reason: text,
        }),
      ),
    ];
    const text = decisions.reduce(addDecision, '');
    const read = parseDecisions(text, DECISIONS_FILE);
    expect(read.map(({ reason }) => reason)).toEqual(decisions.map(({ reason }) => reason));
    expect(read[0]).toEqual(DECISION);
  });

  it('keeps comments and what else is in the file', () => {
    const text = '# ours\nchanges:\n  # agreed on Monday\n  - { test: a, state: fixed, reason: b }\n';
    const added = addDecision(text, DECISION);
    expect(added).toContain('# ours');
    expect(added).toContain('# agreed on Monday');
    expect(parseDecisions(added, DECISIONS_FILE)).toHaveLength(2);
  });

  it('is empty for an empty file', () => {
    expect(parseDecisions('', DECISIONS_FILE)).toEqual([]);
    expect(parseDecisions('# nothing yet\n', DECISIONS_FILE)).toEqual([]);
  });

  it.each([
    ['changes: 1', '.tracey-changes.yml:1:1: changes must be a list, got 1.'],
    ['changes: [{ test: a, state: expected }]', 'changes[0].reason must be text, got nothing.'],
    [
      'changes: [{ test: a, state: new, reason: b }]',
      'changes[0].state must be acknowledged, expected, fixed, got "new".',
    ],
    [
      'changes: [{ test: a, state: fixed, reason: b, commit: xyz }]',
      `changes[0].commit must be a commit's SHA, or its first seven digits or more, got "xyz".`,
    ],
    ['changes: [{ test: a, state: fixed, reason: b, tset: c }]', 'changes[0].tset is not known.'],
    ['changes: [', '.tracey-changes.yml:1:'],
  ])('refuses %s, and says where and what', (text, message) => {
    expect(() => parseDecisions(text, DECISIONS_FILE)).toThrow(message);
  });
});

describe('matchesPattern', () => {
  it.each([
    ['test/a.js > b', 'test/a.js > b', true],
    ['test/a.js > b', 'test/a.js', false],
    ['test/a.js > b', 'test/a.js*', true],
    ['test/a.js > b', '*b', true],
    ['test/a.js > b', '*a.js*b', true],
    ['test/a.js > b', '*b*a*', false],
    ['aXa', 'a*a', true],
    ['a', 'a*a', false],
    ['test/[a].js (x)', 'test/[a].js (*)', true],
    ['total', '*', true],
  ])('%j by %j: %j', (text, pattern, expected) => {
    expect(matchesPattern(text, pattern)).toBe(expected);
  });
});
