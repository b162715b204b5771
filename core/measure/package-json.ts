/** A tested repo's package.json, read with suspicion: only the parts that are asked for, and only when they fit. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { findSystemCode, formatThrown, JobError } from '../errors.ts';

const texts = z.record(z.string(), z.string()).catch({});

const packageJsonSchema = z.object({
  name: z.string().optional().catch(undefined),
  version: z.string().optional().catch(undefined),
  scripts: texts.default({}),
  dependencies: texts.default({}),
  devDependencies: texts.default({}),
  optionalDependencies: texts.default({}),
  engines: texts.default({}),
});
export type PackageJson = z.infer<typeof packageJsonSchema>;

/**
 * Reads `<folder>/package.json`.
 *
 * @returns undefined when there is none
 * @throws JobError `package-json/unreadable` when it is there and cannot be used
 */
export async function findPackageJson(folder: string): Promise<PackageJson | undefined> {
  const file = join(folder, 'package.json');
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    if (findSystemCode(cause) === 'ENOENT' || findSystemCode(cause) === 'ENOTDIR') return undefined;
    throw new JobError(`${file}: cannot be read: ${formatThrown(cause)}.`, {
      code: 'package-json/unreadable',
      cause,
    });
  }
  try {
    return packageJsonSchema.parse(JSON.parse(text.replace(/^\uFEFF/, '')));
  } catch (cause) {
    throw new JobError(`${file}: is not a package.json: ${formatThrown(cause).split('\n', 1)[0]}.`, {
      code: 'package-json/unreadable',
      hint: 'Mend its JSON; npm reads the same file.',
      cause,
    });
  }
}
