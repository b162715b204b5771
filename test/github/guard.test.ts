import { describe, expect, it } from 'vitest';
import type { PullRequest } from '../../action/github/event.ts';
import { findRefusal } from '../../action/github/guard.ts';

const OWN: PullRequest = {
  number: 7,
  headSha: 'a'.repeat(40),
  baseSha: 'b'.repeat(40),
  baseBranch: 'main',
  headRepository: 'happner/happn-3',
  isFork: false,
  givenLabel: null,
};
const FORK: PullRequest = { ...OWN, headRepository: 'mallory/happn-3', isFork: true };

describe('the guard', () => {
  it('lets through what is no pull request, and pull requests within the repo', () => {
    for (const choice of ['label', 'allow', 'deny'] as const) {
      expect(findRefusal(null, choice)).toBeNull();
      expect(findRefusal(OWN, choice)).toBeNull();
    }
  });

  it('refuses a fork unless the label was given in this very event', () => {
    expect(findRefusal(FORK, 'label')).toBe(
      'Pull request #7 comes from the fork mallory/happn-3, and its code does not run on this machine until a maintainer has read it and gives it the label `tracey`; after new commits the label must be given anew.',
    );
    expect(findRefusal({ ...FORK, givenLabel: 'bug' }, 'label')).not.toBeNull();
    expect(findRefusal({ ...FORK, givenLabel: 'tracey' }, 'label')).toBeNull();
  });

  it('refuses every fork when told to, whatever its labels', () => {
    expect(findRefusal({ ...FORK, givenLabel: 'tracey' }, 'deny')).toBe(
      'Pull request #7 comes from the fork mallory/happn-3, and its code does not run on this machine: the input `fork` is `deny`.',
    );
  });

  it('lets every fork through when told to', () => {
    expect(findRefusal(FORK, 'allow')).toBeNull();
  });

  it('takes a head whose repo is gone for a fork', () => {
    expect(findRefusal({ ...FORK, headRepository: null }, 'label')).toContain(
      'comes from a fork that is gone',
    );
  });
});
