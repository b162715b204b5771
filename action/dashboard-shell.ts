/** Where the built pages of the dashboard are: beside the bundle, or where a checkout builds them. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const BESIDE = fileURLToPath(new URL('./dashboard', import.meta.url));
const BUILT = fileURLToPath(new URL('../dist/dashboard', import.meta.url));

/** The folder of the pages; where they would be when they were never built. */
export function findDashboardShell(): string {
  return existsSync(join(BESIDE, 'index.html')) ? BESIDE : BUILT;
}
