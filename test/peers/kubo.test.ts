import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createCidFinder } from '../../core/artifacts/blocks.ts';
import { fetchContent } from '../../core/artifacts/fetch.ts';
import { openKubo } from '../../core/artifacts/kubo.ts';
import { addContent } from '../../core/artifacts/upload.ts';
import { ABSENT } from '../artifacts/fake-kubo.ts';
import { describeNode } from '../artifacts/node-contract.ts';
import { makeTemporaryFolder } from '../temporary-folder.ts';
import { startKubo } from './kubo-daemon.ts';

/** What decides which CID Kubo gives to content. */
const IMPORT = [
  '--cid-version=1',
  '--raw-leaves',
  '--chunker=size-1048576',
  '--max-file-links=174',
  '--hash=sha2-256',
];

describe('Kubo', () => {
  describeNode(async (context) => (await startKubo(context)).address);

  it('gives content the CID that we give it, also where lists of blocks have lists', async (context) => {
    const daemon = await startKubo(context);
    const file = join(makeTemporaryFolder(), 'content');
    for (const bytes of [0, 1, 2 ** 20, 2 ** 20 + 1, 3_000_000, 175 * 2 ** 20 + 1]) {
      const content = randomBytes(bytes);
      writeFileSync(file, content);
      const finder = createCidFinder();
      finder.update(content);
      const printed = daemon.run('add', '--quieter', '--only-hash', ...IMPORT, file).trim();
      expect(`${bytes} ${finder.digest()}`).toBe(`${bytes} ${printed}`);
    }
  });

  it('that looks for what nobody has is waited for no longer than patience lasts', async (context) => {
    const daemon = await startKubo(context, { isOnline: true });
    const source = openKubo(daemon.address);
    const read = async () => {
      for await (const _ of fetchContent(ABSENT, { source, patience: { deadlineMs: 60_000, stallMs: 500 } }));
    };
    await expect(read()).rejects.toMatchObject({
      code: 'artifact/nothing-came',
      message: expect.stringMatching(/^Fetching bafk\w+ from http:.+: nothing came within 500 ms\.$/),
    });
  });

  it('that is killed in the middle is told of', async (context) => {
    const daemon = await startKubo(context);
    const node = openKubo(daemon.address);
    const content = randomBytes(20 * 2 ** 20);
    const cid = await addContent(node, once(content), { signal: new AbortController().signal });
    const read = async () => {
      for await (const _ of fetchContent(cid, { source: node })) await daemon.kill();
    };
    await expect(read()).rejects.toMatchObject({ code: 'artifact/unreachable' });
  });
});

async function* once(content: Uint8Array): AsyncGenerator<Uint8Array> {
  yield content;
}
