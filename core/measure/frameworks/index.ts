/** The frameworks that Tracey knows; a new one is a folder beside this file and a line here. */
import { JobError } from '../../errors.ts';
import type { FoundFramework, Framework } from './framework.ts';
import { mocha } from './mocha/index.ts';

const FRAMEWORKS: readonly Framework[] = [mocha];

const FRAMEWORK_NAMES: readonly string[] = FRAMEWORKS.map((framework) => framework.name);

/**
 * The framework that a repo's tests are written for.
 *
 * @throws JobError `framework/none` when none is found, or what the framework's own search throws
 */
export async function findFramework(repoFolder: string): Promise<FoundFramework> {
  for (const framework of FRAMEWORKS) {
    const found = await framework.find(repoFolder);
    if (found) return found;
  }
  throw new JobError(
    `${repoFolder}: no test framework found that Tracey knows (${FRAMEWORK_NAMES.join(', ')}).`,
    {
      code: 'framework/none',
      hint: 'Add mocha to devDependencies in package.json and install it, or name the repo that has the tests.',
    },
  );
}
