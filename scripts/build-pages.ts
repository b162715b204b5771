/** Builds the pages of the dashboard, without data, by Astro. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** Into `folder`; what Astro has to say is shown when it fails. */
export function buildPages(folder: string): void {
  const astro = join(ROOT, 'node_modules/astro/bin/astro.mjs');
  const built = spawnSync(
    process.execPath,
    [astro, 'build', '--root', join(ROOT, 'dashboard'), '--outDir', folder],
    {
      cwd: ROOT,
      encoding: 'utf8',
      env: { ...process.env, ASTRO_TELEMETRY_DISABLED: '1', NO_COLOR: '1' },
    },
  );
  if (built.status === 0) return;
  process.stderr.write(`${built.stdout}${built.stderr}`);
  throw new Error(
    `The pages of the dashboard cannot be built: astro ended with ${built.status ?? built.signal}.`,
  );
}
