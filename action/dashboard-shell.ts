/** Where the built pages of the dashboard are: beside the bundle, or where a checkout builds them. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const PLACES = ['./dashboard/', '../dist/dashboard/'] as const;

/** The folder of the pages; where they would be when they were never built. */
export function findDashboardShell(): string {
  const folders = PLACES.map((place) => fileURLToPath(new URL(place, import.meta.url)));
  const [beside] = folders;
  return folders.find((folder) => existsSync(new URL('index.html', `file://${folder}`))) ?? String(beside);
}
