/**
 * The few parts of a `package.json` that installing needs to know. Other parts may be as they like.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { findSystemCode, formatThrown, JobError } from '../../errors.ts';

const section = z.record(z.string(), z.unknown()).optional().catch(undefined);
const patterns = z.array(z.string());

const packageJsonSchema = z.object({
  dependencies: section,
  devDependencies: section,
  optionalDependencies: section,
  peerDependencies: section,
  packageManager: z.string().optional().catch(undefined),
  workspaces: z
    .union([patterns, z.object({ packages: patterns }).transform(({ packages }) => packages)])
    .optional()
    .catch(undefined),
});
export type PackageJson = z.infer<typeof packageJsonSchema>;

/**
 * Reads a folder's `package.json`; null when it has none.
 *
 * @throws JobError `dependencies/bad-package-json` when it cannot be read or is no JSON object
 */
export async function findPackageJson(folder: string): Promise<PackageJson | null> {
  const file = join(folder, 'package.json');
  try {
    const text = await readFile(file, 'utf8');
    return packageJsonSchema.parse(JSON.parse(text.replace(/^\uFEFF/, '')));
  } catch (cause) {
    if (findSystemCode(cause) === 'ENOENT') return null;
    const reason = cause instanceof z.ZodError ? 'it is not a JSON object' : formatThrown(cause);
    throw new JobError(`${file}: cannot be read: ${reason}.`, {
      code: 'dependencies/bad-package-json',
      hint: 'Correct the file; `npm pkg get name` in that folder tells whether npm can read it.',
      cause,
    });
  }
}

/** Whether there is anything to install. */
export function hasDependencies(packageJson: PackageJson): boolean {
  const { dependencies, devDependencies, optionalDependencies, peerDependencies } = packageJson;
  const sections = [dependencies, devDependencies, optionalDependencies, peerDependencies];
  return sections.some((each) => Object.keys(each ?? {}).length > 0);
}
