/**
 * Restores an archive in a file, as a process of its own: `node place-file.ts <root> <archive>`. Says with a line on stdout
 * how far it is, so that it can be killed at any point.
 */
import { createReadStream } from 'node:fs';
import { placeTree, withInstallRoot } from '../../core/artifacts/staging.ts';
import { TraceyError } from '../../core/errors.ts';

const [root = '', archive = ''] = process.argv.slice(2);

async function* read(): AsyncGenerator<Uint8Array> {
  for await (const piece of createReadStream(archive, { highWaterMark: 4096 })) {
    process.stdout.write('piece\n');
    yield piece as Buffer;
  }
  process.stdout.write('read\n');
}

try {
  await withInstallRoot(root, undefined, () => placeTree(root, read()));
  process.stdout.write('placed\n');
} catch (thrown) {
  process.stderr.write(`${thrown instanceof TraceyError ? `${thrown.code} ${thrown.message}` : thrown}\n`);
  process.exitCode = 1;
}
