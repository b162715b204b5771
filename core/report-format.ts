/**
 * A report as JSON text, in pieces: its beginning, each run test by test, its end. So a report can be written while
 * it is made, and memory stays flat however much there is.
 */
import type { ChangeReport, MachineChangeReport } from './found-model.ts';
import { type FileResults, type FileStream, REPORT_SCHEMA, type RunFacts } from './model.ts';
import { joinToPieces } from './text-pieces.ts';

export function formatReportStart(traceyVersion: string): string {
  const head = JSON.stringify({ schema: REPORT_SCHEMA, traceyVersion });
  return `${head.slice(0, -1)},"runs":[`;
}

/** A run in a report, after the start or after another run. */
export async function* formatReportRun(
  run: RunFacts & { readonly files: FileStream },
  place: 'first' | 'later',
): AsyncGenerator<string> {
  yield place === 'first' ? '\n' : ',\n';
  yield* formatRun(run);
}

/** The end of a report, with what was found of its runs, where something was looked for. */
export function* formatReportEnd(found?: ReportFindings): Generator<string> {
  yield '\n]';
  if (found !== undefined) {
    yield ',"changes":[';
    yield* formatLines(found.changes);
    yield '],"machineChanges":[';
    yield* formatLines(found.machineChanges);
    yield ']';
  }
  yield '}\n';
}

/** What was found of the runs of a report. */
export interface ReportFindings {
  readonly changes: readonly ChangeReport[];
  readonly machineChanges: readonly MachineChangeReport[];
}

function* formatLines(items: readonly unknown[]): Generator<string> {
  for (const [index, item] of items.entries()) {
    yield `${index === 0 ? '\n' : ',\n'}${JSON.stringify(item)}`;
  }
}

/** A run alone: a line for what it is, and one for each of its files. */
export async function* formatRun(run: RunFacts & { readonly files: FileStream }): AsyncGenerator<string> {
  const { files, documents, ...rest } = run;
  yield `${JSON.stringify(rest).slice(0, -1)},"files":[`;
  let separator = '\n';
  for await (const file of files) {
    yield separator;
    yield* formatFile(file);
    separator = ',\n';
  }
  yield `\n],"documents":${JSON.stringify(documents)}}`;
}

function* formatFile({ suites, tests, ...rest }: FileResults): Generator<string> {
  yield `${JSON.stringify(rest).slice(0, -1)},"suites":[`;
  yield* joinToPieces(formatList(suites));
  yield '],"tests":[';
  yield* joinToPieces(formatList(tests));
  yield ']}';
}

function* formatList(items: Iterable<unknown>): Generator<string> {
  let separator = '';
  for (const item of items) {
    yield separator + JSON.stringify(item);
    separator = ',';
  }
}
