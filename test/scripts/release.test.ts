import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createRelease, ReleaseError } from '../../scripts/release/create-release.ts';
import { makeRepository } from '../repository/sample-repository.ts';
import { makeTemporaryFolder } from '../temporary-folder.ts';

/** A repository that can be released as 1.2.3, and a built folder. */
function makeReleasable() {
  const sample = makeRepository();
  sample.git('config', 'user.name', 'Ada Lovelace');
  sample.git('config', 'user.email', 'ada@example.org');
  sample.write('package.json', '{"version":"1.2.3"}');
  sample.write('CHANGELOG.md', '# Changelog\n\n## [1.2.3] - 2026-03-04\n');
  sample.write('.gitignore', 'dist/\n');
  const head = sample.commit('Get ready');
  const dist = join(makeTemporaryFolder(), 'built');
  mkdirSync(join(dist, 'probe'), { recursive: true });
  writeFileSync(join(dist, 'main.js'), 'main');
  writeFileSync(join(dist, 'probe', 'recorder.cjs'), 'probe');
  return { sample, head, dist };
}

describe('a release', () => {
  it('is a commit on top of the released one with dist/ besides, tagged exactly and by its major version', () => {
    const { sample, head, dist } = makeReleasable();
    const release = createRelease({ repository: sample.folder, dist });
    expect(release).toMatchObject({ version: '1.2.3', tags: ['v1.2.3', 'v1'] });
    expect(sample.git('rev-parse', 'v1.2.3^{commit}')).toBe(release.sha);
    expect(sample.git('rev-parse', 'v1')).toBe(release.sha);
    expect(sample.git('rev-parse', `${release.sha}^`)).toBe(head);
    expect(sample.git('diff', '--name-only', head, release.sha).split('\n')).toEqual([
      'dist/main.js',
      'dist/probe/recorder.cjs',
    ]);
  });

  it('leaves the branch, the work tree and the index as they were', () => {
    const { sample, head, dist } = makeReleasable();
    createRelease({ repository: sample.folder, dist });
    expect(sample.git('rev-parse', 'main')).toBe(head);
    expect(sample.git('status', '--porcelain')).toBe('');
    expect(existsSync(join(sample.folder, 'dist'))).toBe(false);
  });

  it('moves the major tag, and never the exact one', () => {
    const { sample, dist } = makeReleasable();
    const first = createRelease({ repository: sample.folder, dist });
    expect(() => createRelease({ repository: sample.folder, dist })).toThrow(
      new ReleaseError('v1.2.3 is released already: raise "version" in package.json first.'),
    );
    sample.write('package.json', '{"version":"1.3.0"}');
    sample.write('CHANGELOG.md', '# Changelog\n\n## [1.3.0] - 2026-03-05\n');
    sample.commit('Get ready again');
    const second = createRelease({ repository: sample.folder, dist });
    expect(sample.git('rev-parse', 'v1')).toBe(second.sha);
    expect(sample.git('rev-parse', 'v1.2.3^{commit}')).toBe(first.sha);
  });

  it('refuses changes that are not committed', () => {
    const { sample, dist } = makeReleasable();
    sample.write('new.ts', '');
    expect(() => createRelease({ repository: sample.folder, dist })).toThrow(
      new ReleaseError('There are changes that are not committed: commit them first.\n?? new.ts'),
    );
  });

  it('refuses a version that the changelog does not tell of', () => {
    const { sample, dist } = makeReleasable();
    sample.write('CHANGELOG.md', '# Changelog\n\n## [Unreleased]\n');
    sample.commit('Forget');
    expect(() => createRelease({ repository: sample.folder, dist })).toThrow(
      new ReleaseError(
        'CHANGELOG.md has no section "## [1.2.3]": give what is under "Unreleased" that title, with the date.',
      ),
    );
  });
});
