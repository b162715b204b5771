/** `tracey artifact` as a user has it: a process of its own, over a node that is a double (test/peers has the real one). */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { formatTarget, readOwnTarget } from '../../core/artifacts/key.ts';
import { computeLegacyHash } from '../../core/artifacts/legacy-hash.ts';
import { startFakeKubo } from '../artifacts/fake-kubo.ts';
import { describeTree, makeTree } from '../artifacts/tree.ts';
import { makeUser } from './command-line.ts';

const TARGET = formatTarget(readOwnTarget());
const OLD_CID = 'QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWKPAV1';

/** A user with a repo whose one package is installed, and a node. */
async function prepare() {
  const kubo = await startFakeKubo();
  const user = makeUser();
  const repo = join(user.folder, 'repo');
  mkdirSync(repo);
  const setVersion = (version: string) =>
    writeFileSync(join(repo, 'package.json'), JSON.stringify({ dependencies: { tiny: version } }));
  setVersion('1');
  makeTree(repo, { 'node_modules/tiny/index.js': 'tiny', 'node_modules/.bin/tiny': '->../tiny/index.js' });
  const artifact = (command: string, ...args: readonly string[]) =>
    user.tracey(['artifact', command, 'repo', ...args, ...(command === 'key' ? [] : ['--ipfs', kubo.rpc])]);
  return { kubo, user, repo, setVersion, artifact };
}

describe('tracey artifact', () => {
  it('packs what is installed, lists it, restores it in place of what is there, and says so', async () => {
    const { repo, artifact } = await prepare();
    const whole = describeTree(repo);
    const key = (await artifact('key')).stdout.trim();
    expect(key).toMatch(new RegExp(`^${TARGET}-[0-9a-f]{64}$`));
    const packed = await artifact('pack');
    const record = readFileSync(join(repo, 'artifact_hashes.txt'), 'utf8');
    expect(packed.stdout).toBe(record);
    expect(record.startsWith(`${key}:bafk`)).toBe(true);
    expect(packed.stderr).toContain('5 entries, 4 B, packed ');
    const listed = await artifact('list');
    const [title = '', row = '', ...rest] = listed.stdout.trimEnd().split('\n');
    expect(rest).toEqual([]);
    expect(title).toMatch(/^for +packages +cid$/);
    expect(row.startsWith(`${TARGET}  ${key.slice(TARGET.length + 1, TARGET.length + 13)}  bafk`)).toBe(true);
    expect(row.length).toBeLessThanOrEqual(80);
    expect(await artifact('restore')).toMatchObject({
      exitCode: 3,
      stderr: expect.stringContaining('there is a node_modules already.\nRemove it, or add --force'),
    });
    writeFileSync(join(repo, 'node_modules/tiny/index.js'), 'changed');
    const restored = await artifact('restore', '--force', '--json');
    expect(JSON.parse(restored.stdout)).toMatchObject({
      key,
      cid: record.trim().split(':')[1],
      folder: repo,
    });
    rmSync(join(repo, 'artifact_hashes.txt'));
    expect(describeTree(repo)).toEqual(whole);
  });

  it('says what there is to do when there is nothing to pack, or nobody listens', async () => {
    const { repo, user, artifact } = await prepare();
    expect(await user.tracey(['artifact', 'pack', 'repo', '--ipfs', 'http://127.0.0.1:1'])).toMatchObject({
      exitCode: 3,
      stdout: '',
      stderr: expect.stringMatching(
        /^tracey: IPFS at http:\/\/127\.0\.0\.1:1: cannot be reached, or went away: .+\nSee whether its daemon runs/m,
      ),
    });
    rmSync(join(repo, 'node_modules'), { recursive: true });
    expect(await artifact('pack')).toMatchObject({
      exitCode: 3,
      stderr: expect.stringContaining('there is no node_modules to pack.\nInstall the packages first'),
    });
    expect(await artifact('list')).toMatchObject({
      exitCode: 0,
      stdout: '',
      stderr: expect.stringContaining('names no artifact.'),
    });
  });

  it('unpins what the index no longer names, and only when told to', async () => {
    const { artifact, setVersion, repo } = await prepare();
    const { cid: old } = JSON.parse((await artifact('pack', '--json')).stdout);
    setVersion('2');
    writeFileSync(join(repo, 'node_modules/tiny/index.js'), 'newer');
    const { cid, key } = JSON.parse((await artifact('pack', '--json')).stdout);
    writeFileSync(join(repo, 'artifact_hashes.txt'), `${key}:${cid}\n`);
    const would = await artifact('prune');
    expect(would.stdout).toMatch(new RegExp(`^${old}  tracey repo ${TARGET}-[0-9a-f]+\n$`));
    expect(would.stderr).toContain('Would remove 1 pin: add --remove.');
    expect(JSON.parse((await artifact('prune', '--json', '--remove')).stdout)).toMatchObject({
      pins: [{ cid: old }],
      removed: true,
    });
    expect((await artifact('prune')).stderr).toContain('Every pin of repo is in ');
  });

  it("takes over the ancestor's index, glued records too, and records what fits only when told to", async () => {
    const { artifact, repo } = await prepare();
    const hash = computeLegacyHash({ dependencies: { tiny: '1' } });
    writeFileSync(join(repo, 'old.txt'), `1234:${OLD_CID}${hash}:${OLD_CID}\r\ngarbage\n`);
    const imported = await artifact('import-index', '--file', 'repo/old.txt');
    expect(imported.stderr).toContain('old.txt:2: is no <hash>:<CID>: garbage\n2 records taken into ');
    expect(imported.stderr).toContain(
      `${hash} is what the ancestor called these dependencies; --adopt records`,
    );
    const index = () => readFileSync(join(repo, 'artifact_hashes.txt'), 'utf8');
    expect(index()).toBe(`1234:${OLD_CID}\n${hash}:${OLD_CID}\n`);
    const adopted = await artifact('import-index', '--file', 'repo/old.txt', '--adopt', '--json');
    expect(JSON.parse(adopted.stdout)).toMatchObject({ imported: 3, adopted: true, legacyHash: hash });
    expect(index()).toContain(`\n${TARGET}-`);
    expect(await artifact('import-index', '--file', 'nowhere')).toMatchObject({
      exitCode: 3,
      stderr: expect.stringContaining("Name the ancestor's artifact_hashes.txt with --file."),
    });
  });

  it.each(['pack', 'restore'])(
    'ends with Ctrl-C in the middle of %s, and leaves nothing behind',
    async (command) => {
      const { kubo, user, repo, artifact } = await prepare();
      if (command === 'restore') {
        await artifact('pack');
        rmSync(join(repo, 'node_modules'), { recursive: true });
      }
      const before = readdirSync(repo);
      kubo.misbehave('stall');
      const started = user.start(['artifact', command, 'repo', '--ipfs', kubo.rpc]);
      await kubo.stalled;
      started.kill('SIGINT');
      expect((await started.ended).exitCode).toBe(130);
      expect(readdirSync(repo)).toEqual(before);
    },
  );
});
