/**
 * Builds the pages of the dashboard, without data, by Astro. What was built of the same sources before is used again: tests
 * build often, and several at once.
 */
import { spawnSync } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { cpSync, existsSync, globSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const CACHE = join(ROOT, 'node_modules/.cache/tracey-pages');

/** Whatever may be in the pages: they share texts and units with the rest. */
const SOURCES = ['dashboard/**/*.*', 'core/**/*.ts', 'package-lock.json'];
const NO_SOURCES = ['dashboard/.astro/**'];

/** Into `folder`; what Astro has to say is shown when it fails. */
export function buildPages(folder: string): void {
  const built = join(CACHE, computeKey());
  if (!existsSync(built)) buildOnce(built);
  cpSync(built, folder, { recursive: true });
}

function computeKey(): string {
  const hash = createHash('sha256');
  for (const path of globSync(SOURCES, { cwd: ROOT, exclude: NO_SOURCES }).sort()) {
    hash
      .update(`${path}\0`)
      .update(readFileSync(join(ROOT, path)))
      .update('\0');
  }
  return hash.digest('hex').slice(0, 32);
}

/** In a folder of its own, and then to where others look for it. */
function buildOnce(place: string): void {
  mkdirSync(CACHE, { recursive: true });
  // Below the folder where it runs: elsewhere Astro puts its halves of pages into one place for all builds.
  const scratch = join(CACHE, `.${randomUUID()}`);
  try {
    runAstro(scratch);
    renameSync(scratch, place);
  } catch (thrown) {
    if (!existsSync(place)) throw thrown;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function runAstro(folder: string): void {
  const astro = join(ROOT, 'node_modules/astro/bin/astro.mjs');
  const { status, signal, stdout, stderr } = spawnSync(
    process.execPath,
    [astro, 'build', '--root', join(ROOT, 'dashboard'), '--outDir', folder],
    {
      cwd: ROOT,
      encoding: 'utf8',
      env: { ...process.env, ASTRO_TELEMETRY_DISABLED: '1', NO_COLOR: '1' },
    },
  );
  if (status === 0) return;
  process.stderr.write(`${stdout}${stderr}`);
  throw new Error(`The pages of the dashboard cannot be built: astro ended with ${status ?? signal}.`);
}
