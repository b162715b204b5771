/** Which versions of a library are to be written down, and where each is: the repo itself, its dependency, or npm. */
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import semver from 'semver';
import { findSystemCode, JobError } from '../../core/errors.ts';
import type { Host } from '../../core/measure/host.ts';
import { formatUntrusted } from '../../core/text.ts';
import type { ProtocolFamily } from './family.ts';

export interface Subject {
  readonly version: string;
  readonly folder: string;
}

/**
 * The versions that the settings name, from npm; when they name none, the one of the repo.
 *
 * @throws JobError `protocol/unknown-version`, `protocol/too-old`, `protocol/no-library`, and as installing does
 */
export async function findSubjects(
  { library, oldest }: Pick<ProtocolFamily, 'library' | 'oldest'>,
  from: { readonly versions: readonly string[]; readonly repoFolder: string; readonly host: Host },
): Promise<Subject[]> {
  const { versions, repoFolder, host } = from;
  if (versions.length === 0) {
    const own = await findOwn(library, repoFolder);
    checkAge(own.version, { library, oldest });
    return [own];
  }
  const exact: string[] = [];
  for (const asked of versions) {
    const version = await pinVersion(library, { asked, host });
    if (!exact.includes(version)) exact.push(version);
  }
  const subjects: Subject[] = [];
  for (const version of exact.sort(semver.compare)) {
    checkAge(version, { library, oldest });
    const root = await host.packages.install([`${library}@${version}`]);
    subjects.push({ version, folder: join(root, 'node_modules', library) });
  }
  return subjects;
}

async function pinVersion(
  library: string,
  { asked, host }: { readonly asked: string; readonly host: Host },
): Promise<string> {
  if (semver.valid(asked) === asked) return asked;
  const newest = (await host.packages.listVersions(library, asked)).at(-1);
  if (newest !== undefined) return newest;
  throw new JobError(`${library}: npm knows no version "${formatUntrusted(asked)}" of it.`, {
    code: 'protocol/unknown-version',
    hint: `See \`npm view ${library} versions\`, and name one of them under settings.versions, e.g. "13.12.1" or "13".`,
  });
}

async function findOwn(library: string, repoFolder: string): Promise<Subject> {
  const own = await findManifest(repoFolder);
  if (own?.name === library && own.version !== null) return { version: own.version, folder: repoFolder };
  for (let above = repoFolder; ; above = dirname(above)) {
    const folder = join(above, 'node_modules', library);
    const found = await findManifest(folder);
    if (found !== null && found.version !== null) return { version: found.version, folder };
    if (above === dirname(above)) break;
  }
  throw new JobError(`${library}: the repo is not ${library}, and has no dependency of that name.`, {
    code: 'protocol/no-library',
    hint: `Name versions of it under settings.versions, or add it to the repo's dependencies.`,
  });
}

async function findManifest(
  folder: string,
): Promise<{ readonly name: unknown; readonly version: string | null } | null> {
  try {
    const manifest: unknown = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
    if (typeof manifest !== 'object' || manifest === null) return null;
    const version: unknown = Reflect.get(manifest, 'version');
    return {
      name: Reflect.get(manifest, 'name'),
      version: typeof version === 'string' ? semver.valid(version) : null,
    };
  } catch (thrown) {
    if (['ENOENT', 'ENOTDIR'].includes(findSystemCode(thrown) ?? '') || thrown instanceof SyntaxError)
      return null;
    throw thrown;
  }
}

function checkAge(
  version: string,
  { library, oldest }: { readonly library: string; readonly oldest: string },
): void {
  if (semver.gte(version, oldest)) return;
  throw new JobError(`${library} ${version}: its protocol is not known; the oldest is that of ${oldest}.`, {
    code: 'protocol/too-old',
    hint: 'Name a newer version under settings.versions.',
  });
}
