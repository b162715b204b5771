/**
 * Writes what is generated from the code: the JSON Schemas of `.tracey.yml` and of reports. With `--check` it
 * writes nothing and fails when a file is not what the code says.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { computeConfigJsonSchema } from '../core/config/json-schema.ts';
import { computeReportJsonSchema } from '../core/report-schema.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

const GENERATED: Readonly<Record<string, () => unknown>> = {
  'schema/tracey.schema.json': computeConfigJsonSchema,
  'schema/report.schema.json': computeReportJsonSchema,
};

let stale = 0;
for (const [path, compute] of Object.entries(GENERATED)) {
  const file = join(ROOT, path);
  const text = `${JSON.stringify(compute(), null, 2)}\n`;
  if (text === (await readFile(file, 'utf8').catch(() => ''))) continue;
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
