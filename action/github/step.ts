/** What every command of the Action gets. */
import type { Environment } from '../environment.ts';
import type { Terminal } from '../terminal.ts';
import type { GitHubContext } from './event.ts';
import type { ActionInputs } from './inputs.ts';
import type { Workflow } from './workflow.ts';

export interface Step {
  readonly environment: Environment;
  readonly inputs: ActionInputs;
  readonly context: GitHubContext;
  readonly log: Terminal;
  readonly workflow: Workflow;
  /** Aborted when the workflow is cancelled. */
  readonly signal: AbortSignal;
  readonly version: string;
}
