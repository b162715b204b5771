/**
 * What goes into the log of a step: failing tests as annotations on file and line, and lines of which none is a command
 * to the runner. Texts of tested code are shown, and do nothing.
 */
import { ConfigFileError } from '../../core/config/problems.ts';
import type { FailingTest, JobNews } from '../../core/notify/news.ts';
import { formatTestName, formatUntrusted } from '../../core/text.ts';
import { formatCount } from '../../core/units.ts';
import { formatError } from '../error-text.ts';
import type { Workflow } from './workflow.ts';

/** GitHub shows 10 of a kind for each step; the last is left for the failure of the step itself. */
const LIMITS = { failing: 9, titleLength: 250, messageLines: 12, lineLength: 500 } as const;

/**
 * One line of a log. The runner reads a line as a command when it begins with `::`, or when `##[` is anywhere in it;
 * either is broken by writing its first character out. Colours stay.
 *
 * @param line without its line break
 */
export function formatLogLine(line: string): string {
  return line
    .replaceAll('\r', '\\r')
    .replaceAll('##[', '\\u0023#[')
    .replace(/^((?:[\s\p{Cc}\p{Cf}]|\u001b\[[\d;]*[A-Za-z])*):(?=:)/u, '$1\\u003a');
}

/** Annotates what fails in the runs, each test once however many Node versions it fails on; how many are left out. */
export async function annotateFailures(
  workflow: Pick<Workflow, 'annotate'>,
  { news, isWorkflowRepository }: { readonly news: JobNews; readonly isWorkflowRepository: boolean },
): Promise<{ readonly leftOut: number }> {
  const failing = gatherFailing(news);
  for (const { test, nodeVersions } of failing.slice(0, LIMITS.failing)) {
    const name = formatTestName(test.path, { title: test.title });
    workflow.annotate('error', formatMessage(test, nodeVersions), {
      title: formatLogLine(cut(formatUntrusted(name), LIMITS.titleLength)),
      // GitHub looks for the file in the repo of the workflow.
      ...(isWorkflowRepository ? { file: test.path } : {}),
      ...(isWorkflowRepository && test.line !== null ? { startLine: test.line } : {}),
    });
  }
  return { leftOut: Math.max(0, failing.length - LIMITS.failing) };
}

/** Warns of what a job goes on without, a file of the repo with the place in it. */
export function annotateProblem(
  workflow: Pick<Workflow, 'annotate'>,
  problem: Error,
  { isWorkflowRepository }: { readonly isWorkflowRepository: boolean },
): void {
  const message = formatError(problem).split('\n').map(formatUntrusted).map(formatLogLine).join('\n');
  const [first] = problem instanceof ConfigFileError ? problem.problems : [];
  workflow.annotate('warning', message, {
    title: 'Tracey',
    ...(problem instanceof ConfigFileError && first && isWorkflowRepository
      ? { file: problem.file, startLine: first.line, startColumn: first.column }
      : {}),
  });
}

interface Failing {
  readonly test: FailingTest;
  readonly nodeVersions: string[];
}

function gatherFailing({ runs }: JobNews): Failing[] {
  const gathered = new Map<string, Failing>();
  for (const { run, failing } of runs) {
    for (const test of failing) {
      const key = JSON.stringify([test.path, test.title, test.line]);
      const known = gathered.get(key);
      if (known) known.nodeVersions.push(run.nodeVersion);
      else gathered.set(key, { test, nodeVersions: [run.nodeVersion] });
    }
  }
  return [...gathered.values()];
}

function formatMessage({ outcome, reason, stack }: FailingTest, nodeVersions: readonly string[]): string {
  const on = `${outcome} on Node ${nodeVersions.join(', ')}`;
  const all = (stack ?? '').split(/\r?\n/).filter((line) => line.trim() !== '');
  const shown = all.slice(0, LIMITS.messageLines);
  const lines = [reason === null ? on : `${on}: ${reason}`, ...shown];
  if (all.length > shown.length) lines.push(`… and ${formatCount(all.length - shown.length, 'more line')}`);
  return lines.map((line) => formatLogLine(cut(formatUntrusted(line), LIMITS.lineLength))).join('\n');
}

function cut(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length - 1).toWellFormed()}…` : text;
}
