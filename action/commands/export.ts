/** `tracey export` and `tracey import`: everything out of a history, and reports into one. */
import { createWriteStream } from 'node:fs';
import { resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Command } from 'commander';
import { judgeCollected } from '../../core/changes/judge-collected.ts';
import { formatThrown, StoreError } from '../../core/errors.ts';
import { gatherCollectedNews } from '../../core/notify/collected-news.ts';
import { exportCsv, exportJson } from '../../core/store/export.ts';
import { importReport } from '../../core/store/import.ts';
import { formatCollected } from '../changes-text.ts';
import { type CommandContext, EXIT, type ExitCode } from '../context.ts';
import { addDatabaseOption, withStore } from '../database.ts';
import { parseChoice } from '../flags.ts';
import { formatTaken, readReport } from '../read-report.ts';

const FORMATS = ['json', 'csv'] as const;

const EXPORT_EXAMPLES = `
Examples:
  tracey export > everything.json
  tracey export --format csv --output results.csv`;

const IMPORT_EXAMPLES = `
Examples:
  tracey import report.json field-1.json
  ssh device tracey export | tracey import -`;

export function addExportCommand(
  program: Command,
  context: CommandContext,
  end: (code: ExitCode) => void,
): void {
  const command = program
    .command('export')
    .summary('write everything out as JSON or CSV')
    .description(
      'Writes every run of the history: as one report, with what was found of them, which "tracey import" takes, or as a table of test results.',
    )
    .option('--format <format>', FORMATS.join(' or '), parseChoice(FORMATS), 'json')
    .option('--output <file>', 'where to (default: stdout)')
    .addHelpText('after', EXPORT_EXAMPLES);
  addDatabaseOption(command).action(
    async (flags: {
      readonly format: (typeof FORMATS)[number];
      readonly output?: string;
      readonly database?: string;
    }) => {
      const { environment, terminal, version } = context;
      await withStore({ environment, database: flags.database }, async (store) => {
        const chunks = flags.format === 'csv' ? exportCsv(store) : exportJson(store, version);
        if (flags.output === undefined) {
          for await (const chunk of chunks) await terminal.write(chunk);
          return;
        }
        const file = resolve(environment.workingFolder, flags.output);
        try {
          await pipeline(Readable.from(chunks), createWriteStream(file));
        } catch (cause) {
          if (cause instanceof StoreError) throw cause;
          throw new StoreError(`${file}: cannot be written: ${formatThrown(cause)}.`, {
            code: 'export/unwritable',
            hint: 'Check the folder, its rights and its free space.',
            cause,
          });
        }
        terminal.tell(`Written to ${file}`);
      });
      end(EXIT.fine);
    },
  );
}

export function addImportCommand(
  program: Command,
  context: CommandContext,
  end: (code: ExitCode) => void,
): void {
  const command = program
    .command('import')
    .argument('<reports...>', 'report files, or - for stdin')
    .summary('take reports into the history')
    .description(
      'Takes reports (of "tracey run --json" or "tracey export") into the history. Runs that are there already are left alone; of changes, what was proven or decided since is taken.',
    )
    .option(
      '--json',
      'print JSON: how many runs were stored and known, and how many changes are new or not as they were',
    )
    .addHelpText('after', IMPORT_EXAMPLES);
  addDatabaseOption(command).action(
    async (reports: string[], flags: { readonly json?: boolean; readonly database?: string }) => {
      const { environment, terminal } = context;
      const total = { stored: 0, known: 0, changes: 0 };
      const ids = { runIds: [] as string[], changeIds: [] as string[] };
      const news = await withStore(
        { environment, database: flags.database, writing: { keepDetailRuns: null } },
        async (store) => {
          for (const source of reports) {
            const counts = await importReport(store, {
              report: await readReport(source, environment.workingFolder),
              source,
            });
            total.stored += counts.stored;
            total.known += counts.known;
            total.changes += counts.changes;
            ids.runIds.push(...counts.runIds);
            ids.changeIds.push(...counts.changeIds);
            terminal.tell(`${source}: ${formatTaken(counts)}`);
          }
          const findings = await judgeCollected(ids, { store, thresholdRatio: null });
          return gatherCollectedNews(findings, store);
        },
      );
      const found = formatCollected(terminal, news);
      if (flags.json) terminal.print(JSON.stringify(total));
      else if (found !== '') terminal.print(found);
      end(EXIT.fine);
    },
  );
}
