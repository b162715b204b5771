/**
 * A tested repo's package.json, read with suspicion: only the parts that are asked for, and a part that does not fit
 * is as good as absent.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findSystemCode, formatThrown, JobError } from '../errors.ts';
import { z } from '../zod.ts';

const text = z.string().optional().catch(undefined);
const texts = z.record(z.string(), z.string()).catch({}).default({});
const section = z.record(z.string(), z.unknown()).optional().catch(undefined);
const patterns = z.array(z.string());

const packageJsonSchema = z.object({
  name: text,
  version: text,
  packageManager: text,
  engines: texts,
  scripts: texts,
  dependencies: section,
  devDependencies: section,
  optionalDependencies: section,
  peerDependencies: section,
  workspaces: z
    .union([patterns, z.object({ packages: patterns }).transform(({ packages }) => packages)])
    .optional()
    .catch(undefined),
});
export type PackageJson = z.infer<typeof packageJsonSchema>;

/**
 * Reads `<folder>/package.json`.
 *
 * @returns undefined when there is none
 * @throws JobError `package-json/unreadable` when it cannot be read or is no JSON object
 */
export async function findPackageJson(folder: string): Promise<PackageJson | undefined> {
  const file = join(folder, 'package.json');
  try {
    const content = await readFile(file, 'utf8');
    return packageJsonSchema.parse(JSON.parse(content.replace(/^\uFEFF/, '')));
  } catch (cause) {
    if (findSystemCode(cause) === 'ENOENT' || findSystemCode(cause) === 'ENOTDIR') return undefined;
    const reason = cause instanceof z.ZodError ? 'it is not a JSON object' : formatThrown(cause);
    throw new JobError(`${file}: cannot be read: ${reason}.`, {
      code: 'package-json/unreadable',
      hint: 'Correct the file; `npm pkg get name` in that folder tells whether npm can read it.',
      cause,
    });
  }
}

/** Every package that a package.json asks for, by name. */
export function listDependencies(packageJson: PackageJson): string[] {
  const { dependencies, devDependencies, optionalDependencies, peerDependencies } = packageJson;
  const sections = [dependencies, devDependencies, optionalDependencies, peerDependencies];
  return sections.flatMap((each) => Object.keys(each ?? {}));
}
