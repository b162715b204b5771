/**
 * What the runner's own hook asks before a job: whether the pull request that the job is for may run on this machine. It ends
 * with 1, and a reason, when it may not, or when nobody can tell.
 */

import { readEnvironment } from './environment.ts';
import { formatError } from './error-text.ts';
import { readGitHubContext } from './github/event.ts';
import { findRefusal } from './github/guard.ts';

try {
  const { pullRequest } = await readGitHubContext(readEnvironment(process).variables);
  const refusal = findRefusal(pullRequest, 'label');
  if (refusal !== null) refuse(refusal);
} catch (error) {
  refuse(formatError(error));
}

function refuse(reason: string): void {
  process.stderr.write(`${reason}\n`);
  process.exitCode = 1;
}
