import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createCidFinder } from '../../core/artifacts/blocks.ts';
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
});
