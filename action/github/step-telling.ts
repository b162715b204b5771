/** Telling GitHub what comes of a step, with what the step knows. */
import { type StatusState, saveOwedStatus } from './state.ts';
import type { Step } from './step.ts';
import { openTelling, type Telling } from './tell.ts';

/** Nothing is sent yet. */
export function openStepTelling(
  { context, inputs, log, workflow, signal, version }: Omit<Step, 'environment'>,
  { repository, sha, runner, role, jobType }: StatusState,
): Telling {
  const { token, failOn, summary, status, comment } = inputs;
  return openTelling({
    context: { github: context, sha, runner, role, jobType },
    repository,
    token,
    version,
    failOn,
    summary,
    status,
    comment,
    workflow,
    signal,
    onNotice: log.tell,
    onFinalStatus: () => saveOwedStatus(workflow, null),
  });
}
