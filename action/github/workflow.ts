/**
 * The workflow that this step is part of: its log, outputs, state and summary. @actions/core does the talking; the build
 * leaves out the HTTP client that it brings along. What tested code wrote goes through `formatLogLine` before it
 * comes here.
 */
import {
  type AnnotationProperties,
  error,
  notice,
  saveState,
  setOutput,
  setSecret,
  summary,
  warning,
} from '@actions/core';

const ANNOTATE = { error, warning, notice } as const;

export interface Workflow {
  readonly setOutput: (name: string, value: string) => void;
  /** For the post step. */
  readonly saveState: (name: string, value: string) => void;
  /** From now on the runner shows `***` in its place. */
  readonly mask: (secret: string) => void;
  readonly annotate: (
    kind: keyof typeof ANNOTATE,
    message: string,
    properties?: AnnotationProperties,
  ) => void;
  /** Adds Markdown to the job summary. */
  readonly addSummary: (markdown: string) => Promise<void>;
}

/** The workflow of the process's own environment. */
export function openWorkflow(): Workflow {
  return {
    setOutput,
    saveState,
    mask: setSecret,
    annotate: (kind, message, properties) => ANNOTATE[kind](message, properties),
    async addSummary(markdown) {
      await summary.addRaw(markdown, true).write();
    },
  };
}
