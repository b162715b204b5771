/**
 * Writes what is generated from the code: the JSON Schemas of `.tracey.yml` and of reports, and the README's tables of
 * the Action's inputs and outputs. With `--check` it writes nothing and fails when a file is not what the code says.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { computeConfigJsonSchema } from '../core/config/json-schema.ts';
import { computeReportJsonSchema } from '../core/report-schema.ts';
import { renderActionTables } from './action-tables.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** From what a file holds now to what it must hold. */
const GENERATED: Readonly<Record<string, (text: string) => Promise<string> | string>> = {
  'schema/tracey.schema.json': () => formatJson(computeConfigJsonSchema()),
  'schema/report.schema.json': () => formatJson(computeReportJsonSchema()),
  'README.md': async (text) =>
    replacePart(text, {
      name: 'action.yml',
      content: renderActionTables(await readFile(join(ROOT, 'action.yml'), 'utf8')),
    }),
};

let stale = 0;
for (const [path, compute] of Object.entries(GENERATED)) {
  const file = join(ROOT, path);
  const present = await readFile(file, 'utf8').catch(() => '');
  const text = await compute(present);
  if (text === present) continue;
  if (process.argv.includes('--check')) {
    stale += 1;
    process.stderr.write(`${path}: is not what the code says. Run: npm run generate\n`);
    continue;
  }
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
  process.stderr.write(`${path} written\n`);
}
process.exitCode = stale > 0 ? 1 : 0;

function formatJson(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

/** Replaces what lies between `<!-- from name -->` and `<!-- end -->`. */
function replacePart(
  text: string,
  { name, content }: { readonly name: string; readonly content: string },
): string {
  const begin = `<!-- from ${name} -->`;
  const from = text.indexOf(begin);
  const to = text.indexOf('<!-- end -->', from);
  if (from === -1 || to === -1) throw new Error(`README.md: there is no "${begin}" … "<!-- end -->" in it.`);
  return `${text.slice(0, from + begin.length)}\n\n${content}\n\n${text.slice(to)}`;
}
