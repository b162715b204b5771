/**
 * The workflow that this step is part of: its log, outputs, state and summary. @actions/core does the talking; it is
 * loaded at its first use, since it brings a whole HTTP client along. What tested code wrote goes through
 * `formatLogLine` before it comes here.
 */
import type { AnnotationProperties } from '@actions/core';

export interface Workflow {
  readonly setOutput: (name: string, value: string) => Promise<void>;
  /** For the post step. */
  readonly saveState: (name: string, value: string) => Promise<void>;
  /** From now on the runner shows `***` in its place. */
  readonly mask: (secret: string) => Promise<void>;
  readonly annotate: (
    kind: 'error' | 'warning' | 'notice',
    message: string,
    properties?: AnnotationProperties,
  ) => Promise<void>;
  /** Adds Markdown to the job summary. */
  readonly addSummary: (markdown: string) => Promise<void>;
}

/** The workflow of the process's own environment. */
export function openWorkflow(): Workflow {
  const load = () => import('@actions/core');
  return {
    setOutput: async (name, value) => (await load()).setOutput(name, value),
    saveState: async (name, value) => (await load()).saveState(name, value),
    mask: async (secret) => (await load()).setSecret(secret),
    annotate: async (kind, message, properties) => (await load())[kind](message, properties),
    addSummary: async (markdown) => {
      const { summary } = await load();
      await summary.addRaw(markdown, true).write();
    },
  };
}
