/** What is wrong with a workflow, by GitHub's own parser and by what the Action takes and gives. */
import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { parse } from 'yaml';
import { parseInputs } from '../../action/github/inputs.ts';

// GitHub's parser imports JSON without saying that it is, which Node refuses.
const hooks = registerHooks({
  load: (url, context, nextLoad) =>
    nextLoad(url, url.endsWith('.json') ? { ...context, importAttributes: { type: 'json' } } : context),
});
const { convertWorkflowTemplate, NoOperationTraceWriter, parseWorkflow } = await import(
  '@actions/workflow-parser'
);
hooks.deregister();

/** The part of a workflow that tests look at. */
export interface Workflow {
  readonly on: {
    readonly push?: { readonly branches: readonly string[] };
    readonly schedule?: readonly { readonly cron: string; readonly timezone?: string }[];
  };
  readonly concurrency?: unknown;
  readonly permissions?: unknown;
  readonly jobs: Readonly<Record<string, Job>>;
}

interface Job {
  readonly if?: string;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly 'runs-on': string | readonly string[];
  readonly steps: readonly {
    readonly uses?: string;
    readonly id?: string;
    readonly env?: Readonly<Record<string, unknown>>;
    readonly with?: Readonly<Record<string, unknown>>;
  }[];
}

const ACTION = 'happner/tracey-action@v1';
const action: {
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly outputs: Readonly<Record<string, unknown>>;
} = parse(readFileSync(new URL('../../action.yml', import.meta.url), 'utf8'));

export function parseWorkflowText(text: string): Workflow {
  return parse(text);
}

/** Every mistake, one line each. */
export async function findMistakes(text: string): Promise<string[]> {
  const { context, value } = parseWorkflow(
    { name: 'workflow.yml', content: text },
    new NoOperationTraceWriter(),
  );
  const syntax = context.errors.getErrors().map(({ message }) => message);
  if (value === undefined || syntax.length > 0) return syntax;
  const converted = await convertWorkflowTemplate(context, value);
  const meaning = (converted.errors ?? []).map(({ Message }) => Message);
  return [...new Set([...meaning, ...findMisuses(text)])];
}

/** Inputs that the Action does not have or would refuse, and outputs that it does not give. */
function findMisuses(text: string): string[] {
  const { jobs } = parseWorkflowText(text);
  const steps = Object.values(jobs).flatMap((job) => job.steps.filter(({ uses }) => uses === ACTION));
  const ids = new Set(steps.flatMap(({ id }) => id ?? []));
  const inputs = steps.flatMap((step) => Object.keys(step.with ?? {}));
  const outputs = [...text.matchAll(/steps\.([\w-]+)\.outputs\.([\w-]+)/g)]
    .filter(([, id = '']) => ids.has(id))
    .map(([, , output = '']) => output);
  return [
    ...inputs.filter((input) => !(input in action.inputs)).map((input) => `there is no input ${input}`),
    ...outputs
      .filter((output) => !(output in action.outputs))
      .map((output) => `there is no output ${output}`),
    ...steps.flatMap((step) => findRefusedInput(step.with ?? {})),
  ];
}

function findRefusedInput(values: Readonly<Record<string, unknown>>): string[] {
  const variables = Object.entries(values)
    .filter(([, value]) => !String(value).includes('${{'))
    .map(([name, value]) => [`INPUT_${name.toUpperCase()}`, String(value)]);
  try {
    parseInputs(Object.fromEntries(variables));
    return [];
  } catch (error) {
    return [String(error)];
  }
}
