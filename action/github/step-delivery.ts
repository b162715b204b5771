/** Delivering what a step's job wrote, where the configuration asks for it. A failure is a warning, and changes no verdict. */
import type { OutputConfig } from '../../core/config/config.ts';
import type { Document } from '../../core/model.ts';
import { formatCount } from '../../core/units.ts';
import { formatError } from '../error-text.ts';
import { openGitHub, type Patience } from './client.ts';
import { type Delivered, deliverFiles } from './deliver.ts';
import { createProblem } from './problems.ts';
import type { Step } from './step.ts';

/** Delivers, unless it is about a pull request: what is not merged is not how things are. */
export async function deliverStepFiles(
  { context, inputs, log, signal, version, workflow }: Omit<Step, 'environment'>,
  job: {
    /** `owner/name`. */
    readonly repository: string;
    /** Where the measured commit was found. */
    readonly branch: string | null;
    readonly jobType: string;
    readonly output: OutputConfig | null;
    readonly files: readonly Document[];
    readonly patience?: Partial<Patience>;
  },
): Promise<void> {
  const { repository, branch, jobType, output, files, patience } = job;
  if (output === null || files.length === 0 || context.pullRequest !== null) return;
  const { apiUrl } = context;
  const token = inputs.token ?? '';
  try {
    const github = await openGitHub({
      token,
      apiUrl,
      version,
      signal,
      onWarning: log.tell,
      ...(patience === undefined ? {} : { patience }),
    });
    const delivered = await deliverFiles(github, {
      repository,
      as: output.deliver,
      path: (output.path ?? `docs/${jobType}`).replace(/^\.?\/+|\/+$/g, ''),
      branch: output.branch ?? branch,
      jobType,
      files,
    });
    if (delivered.kind !== 'same') log.tell(formatDelivered(delivered));
  } catch (thrown) {
    const problem = createProblem(thrown, {
      what: 'Delivery',
      permission: output.deliver === 'commit' ? 'contents: write' : 'contents: write, pull-requests: write',
      repository,
      isFork: false,
      token,
      apiUrl,
    });
    workflow.annotate('warning', formatError(problem), { title: 'Tracey' });
  }
}

function formatDelivered(delivered: Exclude<Delivered, { kind: 'same' }>): string {
  const files = formatCount(delivered.count, 'file');
  if (delivered.kind === 'commit') {
    return `delivered ${files} to ${delivered.branch} with commit ${delivered.sha.slice(0, 10)}`;
  }
  return `delivered ${files} with ${delivered.isNew ? 'the new' : 'the'} pull request #${delivered.number}`;
}
