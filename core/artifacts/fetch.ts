/**
 * The bytes that a CID addresses, from wherever they come. Block by block: each is held against its own hash before
 * anybody sees a byte of it, so that it does not matter who sends it, nor how the content was cut when it was added.
 * Some blocks are asked for ahead; memory does not grow with the content.
 */
import { ArtifactError } from '../errors.ts';
import { findFileBlock, isBlockOf, isKnownKind } from './blocks.ts';
import type { CID } from './cid.ts';
import { openWatch, PATIENCE, type Patience, type Watch } from './patience.ts';

/** Where blocks come from. */
export interface BlockSource {
  /** For messages: an address without credentials. */
  readonly label: string;
  /** The bytes of one block. Nothing about them is believed. */
  readonly readBlock: (cid: CID, signal: AbortSignal) => AsyncIterable<Uint8Array>;
}

export interface FetchOptions {
  readonly source: BlockSource;
  readonly signal?: AbortSignal | undefined;
  readonly patience?: Partial<Patience> | undefined;
  /** Told how many verified bytes there are so far. */
  readonly onProgress?: ((bytes: number) => void) | undefined;
}

/** So many blocks are on their way at a time. */
const AHEAD = 3;
/** More than any node sends: Kubo refuses blocks of over 2 MiB. */
const BLOCK_LIMIT_BYTES = 4 * 1024 * 1024;

/** A block that is or will be asked for. */
interface Wanted {
  readonly cid: CID;
  pieces: Promise<readonly Uint8Array[]> | null;
}

/**
 * Fetches content; what it yields is verified.
 *
 * @throws ArtifactError `artifact/wrong-bytes`, `artifact/unsupported-cid`, `artifact/deadline`, `artifact/stalled`,
 *   `artifact/nothing-came`, and whatever the source throws
 */
export async function* fetchContent(cid: CID, options: FetchOptions): AsyncGenerator<Uint8Array> {
  const { source, signal, onProgress } = options;
  const watch = openWatch({
    what: `Fetching ${cid} from ${source.label}`,
    patience: { ...PATIENCE, ...options.patience },
    signal,
  });
  const finished = new AbortController();
  const stop = AbortSignal.any([watch.signal, finished.signal]);
  let bytes = 0;
  try {
    const wanted: Wanted[] = [{ cid, pieces: null }];
    for (let head = wanted[0]; head !== undefined; head = wanted[0]) {
      for (const each of wanted.slice(0, AHEAD))
        each.pieces ??= startBlock(each.cid, { source, watch, stop });
      const block = await watch.during(head.pieces as Promise<readonly Uint8Array[]>);
      const { content, next } = getFileBlock(head.cid, block, source);
      wanted.splice(0, 1, ...next.map((each) => ({ cid: each, pieces: null })));
      for (const piece of content) {
        bytes += piece.length;
        onProgress?.(bytes);
        yield piece;
      }
    }
  } catch (thrown) {
    throw watch.explain(thrown);
  } finally {
    finished.abort();
    watch.close();
  }
}

interface Reading {
  readonly source: BlockSource;
  readonly watch: Watch;
  readonly stop: AbortSignal;
}

/** A block that is not waited for yet may fail without anybody minding. */
function startBlock(cid: CID, reading: Reading): Promise<readonly Uint8Array[]> {
  const pieces = readBlock(cid, reading);
  pieces.catch(() => undefined);
  return pieces;
}

async function readBlock(cid: CID, { source, watch, stop }: Reading): Promise<readonly Uint8Array[]> {
  if (!isKnownKind(cid)) throw createUnsupported(cid);
  const pieces: Uint8Array[] = [];
  let length = 0;
  const aborted = rejectOnAbort(stop);
  const iterator = source.readBlock(cid, stop)[Symbol.asyncIterator]();
  try {
    for (;;) {
      const { done, value } = await Promise.race([iterator.next(), aborted.promise]);
      if (done) break;
      watch.touch();
      pieces.push(value);
      length += value.length;
      if (length > BLOCK_LIMIT_BYTES) break;
    }
  } finally {
    aborted.close();
    // Not waited for: a source that hears no signal would keep us.
    iterator.return?.()?.then(undefined, () => undefined);
  }
  if (isBlockOf(cid, pieces)) return pieces;
  throw new ArtifactError(
    `${source.label}: what it sent for ${cid} is not that: ${length} bytes of another hash.`,
    {
      code: 'artifact/wrong-bytes',
      hint: 'Bytes were changed or lost on the way. Try again; `ipfs repo verify` on the node finds what is damaged there.',
    },
  );
}

function rejectOnAbort(signal: AbortSignal): {
  readonly promise: Promise<never>;
  readonly close: () => void;
} {
  const { promise, reject } = Promise.withResolvers<never>();
  promise.catch(() => undefined);
  const onAbort = () => reject(signal.reason);
  if (signal.aborted) onAbort();
  else signal.addEventListener('abort', onAbort, { once: true });
  return { promise, close: () => signal.removeEventListener('abort', onAbort) };
}

function getFileBlock(cid: CID, pieces: readonly Uint8Array[], source: BlockSource) {
  const block = findFileBlock(cid, pieces);
  if (block !== undefined) return block;
  throw new ArtifactError(`${source.label}: ${cid} is no file.`, {
    code: 'artifact/unsupported-cid',
    hint: 'The index names a folder or something else. Correct its line, or pack the artifact again.',
  });
}

function createUnsupported(cid: CID): ArtifactError {
  return new ArtifactError(`${cid}: is addressed in a way that cannot be verified here.`, {
    code: 'artifact/unsupported-cid',
    hint: 'An artifact is a file addressed by SHA2-256. Pack it again with `tracey artifact pack`.',
  });
}
