/**
 * Whether a pull request may run on a dedicated machine. Its tests are programs that anybody may have written, and what
 * they do on a self-hosted runner stays on it. This is the second of three places that ask: the workflow's `if:` is the first,
 * the runner's own hook the third.
 */
import type { PullRequest } from './event.ts';

/** `label`: only in the event in which a maintainer gave the label {@link GUARD_LABEL}. */
export const FORK_CHOICES = ['label', 'allow', 'deny'] as const;
export type ForkChoice = (typeof FORK_CHOICES)[number];

const GUARD_LABEL = 'tracey';

/** Why it may not run, for people; null when it may. */
export function findRefusal(pullRequest: PullRequest | null, choice: ForkChoice): string | null {
  if (pullRequest === null || !pullRequest.isFork || choice === 'allow') return null;
  const from = `Pull request #${pullRequest.number} comes from ${
    pullRequest.headRepository === null ? 'a fork that is gone' : `the fork ${pullRequest.headRepository}`
  }, and its code does not run on this machine`;
  if (choice === 'deny') return `${from}: the input \`fork\` is \`deny\`.`;
  // Whoever labelled a pull request looked at the commits it had then, not at those pushed since.
  if (pullRequest.givenLabel === GUARD_LABEL) return null;
  return `${from} until a maintainer has read it and gives it the label \`${GUARD_LABEL}\`; after new commits the label must be given anew.`;
}
