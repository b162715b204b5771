/**
 * The Action's main step: reads the environment, the inputs and the event once, does what the input `command` says, and
 * ends red or green.
 */
import { EXIT, type ExitCode } from '../context.ts';
import { readEnvironment } from '../environment.ts';
import { formatError } from '../error-text.ts';
import { VERSION } from '../version.ts';
import { boundYoungGeneration } from '../young-generation.ts';
import { readGitHubContext } from './event.ts';
import { parseInputs } from './inputs.ts';
import { openLog } from './log.ts';
import type { Step } from './step.ts';
import { openWorkflow } from './workflow.ts';

boundYoungGeneration();

const COMMANDS = {
  run: async () => (await import('./run.ts')).runJobStep,
  collect: async () => (await import('./collect.ts')).collectReports,
  matrix: async () => (await import('./matrix.ts')).giveMatrix,
  publish: async () => (await import('./publish.ts')).publishDashboard,
} as const;

/** Does the step; whatever goes wrong is told in the log and as an annotation. */
export async function runMainStep(): Promise<ExitCode> {
  const log = openLog(process);
  const workflow = openWorkflow();
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (!stop.signal.aborted) log.tell('stopping; what finished is kept');
      stop.abort();
    });
  }
  try {
    const environment = readEnvironment(process);
    const inputs = parseInputs(environment.variables);
    if (inputs.token !== null) workflow.mask(inputs.token);
    const step: Step = {
      environment,
      inputs,
      context: await readGitHubContext(environment.variables),
      log,
      workflow,
      signal: stop.signal,
      version: VERSION,
    };
    const runCommand = await COMMANDS[inputs.command]();
    const failure = await runCommand(step);
    if (stop.signal.aborted) return EXIT.interrupted;
    if (failure === null) return EXIT.fine;
    workflow.annotate('error', failure, { title: 'Tracey' });
    return EXIT.testsFailed;
  } catch (thrown) {
    if (stop.signal.aborted) return EXIT.interrupted;
    workflow.annotate('error', formatError(thrown), { title: 'Tracey' });
    return EXIT.unexpected;
  }
}
