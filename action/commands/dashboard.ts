/** `tracey dashboard`: the site of trend charts, published to a folder or shown on this machine. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { formatCount } from '../../core/units.ts';
import { type Published, publishSite } from '../../dashboard/publish/publish.ts';
import { watchDatabase } from '../../dashboard/serve/watch-database.ts';
import { type CommandContext, EXIT, type ExitCode } from '../context.ts';
import { findDashboardShell } from '../dashboard-shell.ts';
import { addDatabaseOption, findDatabaseFile, findNativeBinding } from '../database.ts';
import { formatError } from '../error-text.ts';
import { parsePort } from '../flags.ts';
import { CONFIG_FILE, loadPublicConfig } from '../load-config.ts';
import { listSchedules } from '../schedules.ts';

const DEFAULT_PORT = 4173;
const DEFAULT_SERVER_URL = 'https://github.com';

/** What a site is made of. */
interface SourceFlags {
  readonly serverUrl: string;
  readonly config?: string;
  readonly database?: string;
}

interface BuildFlags extends SourceFlags {
  readonly out: string;
  readonly json?: boolean;
}

interface ServeFlags extends SourceFlags {
  readonly port: number;
  readonly site?: string;
}

function addSourceOptions(command: Command): Command {
  return addDatabaseOption(command)
    .option('--config <file>', 'whose schedules say what is overdue (default: .tracey.yml of this folder)')
    .option('--server-url <address>', 'where commits are shown', DEFAULT_SERVER_URL);
}

const BUILD_EXAMPLES = `
Examples:
  tracey dashboard build --out site
  tracey dashboard build --database /srv/tracey/tracey.db --out /var/www/tracey

The folder can be put on any web server, under any path. Publishing again writes only what is new.`;

const SERVE_EXAMPLES = `
Examples:
  tracey dashboard serve
  tracey dashboard serve --database field.db --port 0
  tracey dashboard serve --site site               shows what was published, and follows no database`;

export function addDashboardCommand(
  program: Command,
  context: CommandContext,
  end: (code: ExitCode) => void,
): void {
  const group = program
    .command('dashboard')
    .summary('publish or show trend charts of everything')
    .description('Makes a site of plain files from the history, or shows it on this machine.');
  const build = group
    .command('build')
    .summary('publish the site to a folder')
    .description('Writes the site to a folder: pages, and data files beside them, only those that are new.')
    .option('--out <folder>', 'where to', 'site')
    .option('--json', 'print JSON: what was published')
    .addHelpText('after', BUILD_EXAMPLES);
  addSourceOptions(build).action(async (flags: BuildFlags) => {
    const site = resolve(context.environment.workingFolder, flags.out);
    const published = await publish(context, { ...flags, site });
    if (flags.json) context.terminal.print(JSON.stringify(published));
    else context.terminal.tell(formatPublished(published));
    end(EXIT.fine);
  });
  const serve = group
    .command('serve')
    .summary('show the site on this machine')
    .description(
      'Shows the site to browsers of this machine, and follows the history as it grows. Ctrl-C ends it.',
    )
    .option('--port <number>', 'where to listen; 0 for any that is free', parsePort, DEFAULT_PORT)
    .option('--site <folder>', 'show a site that was published, as it is')
    .addHelpText('after', SERVE_EXAMPLES);
  addSourceOptions(serve).action(async (flags: ServeFlags) => {
    await (flags.site === undefined
      ? serveHistory(context, flags)
      : serveUntilStopped(context, {
          site: resolve(context.environment.workingFolder, flags.site),
          port: flags.port,
        }));
    end(EXIT.fine);
  });
}

async function publish(
  { environment, terminal, version, signal }: CommandContext,
  flags: SourceFlags & { readonly site: string },
): Promise<Published> {
  const nativeBinding = findNativeBinding();
  const configFile = resolve(environment.workingFolder, flags.config ?? CONFIG_FILE);
  const isNamed = flags.config !== undefined;
  const { config } = await loadPublicConfig(configFile, { environment, isNamed });
  return publishSite({
    database: findDatabaseFile(environment, flags.database),
    site: flags.site,
    shell: findDashboardShell(),
    traceyVersion: version,
    serverUrl: flags.serverUrl.replace(/\/+$/, ''),
    schedules: listSchedules(config.repos),
    signal,
    onProgress: (label) => terminal.showStatus(`publishing ${label}`),
    ...(nativeBinding !== undefined && { nativeBinding }),
  }).finally(() => terminal.clearStatus());
}

function formatPublished({ site, repositories, runs, files }: Published): string {
  const of = `${formatCount(runs, 'run')} of ${repositories === 1 ? '1 repository' : `${repositories} repositories`}`;
  return `${of} published to ${site}: ${files.written} files written, ${files.kept} kept, ${files.removed} removed`;
}

/** Publishes to a folder of its own, shows that, and publishes again when something was stored. */
async function serveHistory(context: CommandContext, flags: ServeFlags): Promise<void> {
  const { environment, terminal, signal } = context;
  const site = mkdtempSync(join(tmpdir(), 'tracey-dashboard-'));
  let work: Promise<unknown> = Promise.resolve();
  const publishAgain = async () => {
    try {
      const { runs } = await publish(context, { ...flags, site });
      terminal.tell(`published again: ${formatCount(runs, 'run')}`);
    } catch (thrown) {
      if (!signal.aborted) terminal.tell(`tracey: ${formatError(thrown)}`);
    }
  };
  try {
    await publish(context, { ...flags, site });
    watchDatabase(
      findDatabaseFile(environment, flags.database),
      () => {
        work = work.then(publishAgain);
      },
      signal,
    );
    await serveUntilStopped(context, { site, port: flags.port });
    await work;
  } finally {
    rmSync(site, { recursive: true, force: true });
  }
}

/** Shows a folder until Ctrl-C, which is how this ends well. */
async function serveUntilStopped(
  { terminal, signal }: CommandContext,
  place: { readonly site: string; readonly port: number },
): Promise<void> {
  // Publishing has no need of it, and Node's server is slow to load.
  const { openSiteServer } = await import('../../dashboard/serve/static-server.ts');
  const server = await openSiteServer(place);
  terminal.tell(`The dashboard is at ${server.address} (Ctrl-C ends it)`);
  if (!signal.aborted)
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
  await server.close();
}
