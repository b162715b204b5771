/** `command: matrix`: the jobs of a workflow that measures many repos, as far as the event asks for them. */
import { resolve } from 'node:path';
import { computeMatrix } from '../../core/config/matrix.ts';
import { formatCount } from '../../core/units.ts';
import { CONFIG_FILE, loadPublicConfig } from '../load-config.ts';
import { formatMatrix } from '../matrix-text.ts';
import type { Step } from './step.ts';

/** Gives the matrix of the workspace's configuration. */
export async function giveMatrix({ environment, inputs, context, log, workflow }: Step): Promise<null> {
  const file = resolve(environment.workingFolder, inputs.config ?? CONFIG_FILE);
  const { config } = await loadPublicConfig(file, { environment, isNamed: true });
  const matrix = computeMatrix(config.repos, {
    repositories: inputs.repository === undefined ? [] : [inputs.repository],
    roles: inputs.role === undefined ? [] : [inputs.role],
    cron: context.schedule ?? '',
  });
  workflow.setOutput('matrix', JSON.stringify(matrix));
  log.tell(formatMatrix(matrix, log.width));
  log.tell(`${formatCount(matrix.include.length, 'job')} to do`);
  return null;
}
