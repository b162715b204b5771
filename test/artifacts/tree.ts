/** Trees for tests: making them, and what there is to compare of two. */
import { createHash } from 'node:crypto';
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { createZstdCompress } from 'node:zlib';
import { Header, type HeaderData } from 'tar';
import { packTree } from '../../core/artifacts/pack.ts';

/** Text of files, `->target` of links, by path; a path that ends with `*` is an executable. */
export function makeTree(root: string, tree: Readonly<Record<string, string>>): string {
  for (const [path, content] of Object.entries(tree)) {
    const place = join(root, path.replace(/\*$/, ''));
    mkdirSync(dirname(place), { recursive: true });
    if (content.startsWith('->')) symlinkSync(content.slice(2), place);
    else writeFileSync(place, content);
    if (path.endsWith('*')) chmodSync(place, 0o755);
  }
  return root;
}

/** Every path with kind, mode and content. */
export function describeTree(root: string, folder = ''): string[] {
  return readdirSync(join(root, folder))
    .sort()
    .flatMap((name) => {
      const path = join(folder, name);
      const place = join(root, path);
      const stat = lstatSync(place);
      const mode = (stat.mode & 0o7777).toString(8);
      if (stat.isSymbolicLink()) return [`${path} -> ${readlinkSync(place)}`];
      if (stat.isDirectory()) return [`${path}/ ${mode}`, ...describeTree(root, path)];
      return [`${path} ${mode} ${createHash('sha256').update(readFileSync(place)).digest('base64')}`];
    });
}

export async function packWhole(root: string): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of packTree(root).content) pieces.push(piece);
  return Buffer.concat(pieces);
}

export interface ArchiveEntry extends HeaderData {
  readonly path: string;
  readonly content?: string;
}

/** A compressed archive with whatever entries, sound or not. */
export async function makeArchive(
  entries: Iterable<ArchiveEntry>,
  end = Buffer.alloc(1024),
): Promise<Buffer> {
  function* write(): Generator<Buffer> {
    for (const { content = '', ...data } of entries) {
      const block = Buffer.alloc(512);
      new Header({ mode: 0o644, size: content.length, type: 'File', ...data }).encode(block);
      yield block;
      if (content !== '')
        yield Buffer.concat([Buffer.from(content), Buffer.alloc((512 - (content.length % 512)) % 512)]);
    }
    yield end;
  }
  return compress(write());
}

export async function compress(pieces: Iterable<Buffer>): Promise<Buffer> {
  const compressed: Buffer[] = [];
  for await (const piece of Readable.from(pieces).pipe(createZstdCompress()))
    compressed.push(piece as Buffer);
  return Buffer.concat(compressed);
}

/** Content as it comes from afar: in pieces. */
export async function* stream(content: Buffer, pieceBytes = 64 * 1024): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < content.length; at += pieceBytes) yield content.subarray(at, at + pieceBytes);
}
