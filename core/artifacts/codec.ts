/**
 * Node's zstd, piece by piece: a piece is wholly used before the next is taken, so that whoever made it may use its memory again.
 * What comes out is worked on while zstd, in a thread of its own, makes the next of it.
 */
import type { ZstdCompress, ZstdDecompress } from 'node:zlib';

export interface Codec {
  /** Resolves when the piece was used, and all that became of it so far was handed over. */
  readonly write: (piece: Uint8Array) => Promise<void>;
  readonly end: () => Promise<void>;
  readonly close: () => void;
}

/**
 * Begins to use a stream of zlib's.
 *
 * @param sink is handed what comes out, in the middle of a write: however much becomes of a piece, no more than two of its
 *   parts are there at a time. What it throws, and what the stream fails with, `write` and `end` throw.
 */
export function openCodec(stream: ZstdCompress | ZstdDecompress, sink: (piece: Buffer) => void): Codec {
  let failure: unknown = null;
  let goOn = () => {};
  const fail = (thrown: unknown) => {
    failure ??= thrown;
    stream.destroy();
  };
  const ready: Buffer[] = [];
  const handOver = () => {
    for (let piece = ready.shift(); piece !== undefined; piece = ready.shift()) {
      if (failure !== null) continue;
      try {
        sink(piece);
      } catch (thrown) {
        fail(thrown);
      }
    }
  };
  stream.on('error', fail);
  stream.on('close', () => goOn());
  stream.on('data', (piece: Buffer) => {
    ready.push(piece);
    // When the stream returns from telling us it has begun with the next piece; nothing else comes before this.
    process.nextTick(handOver);
  });
  const wait = async (begin: (done: () => void) => void) => {
    // What failed has closed, and would never be done.
    if (failure !== null) throw failure;
    await new Promise<void>((resolve) => {
      goOn = resolve;
      begin(resolve);
    });
    handOver();
    if (failure !== null) throw failure;
  };
  return {
    write: (piece) =>
      wait((done) => {
        stream.write(piece, (error) => {
          if (error) fail(error);
          done();
        });
      }),
    end: () => wait((done) => stream.once('end', done).end()),
    close: () => void stream.destroy(),
  };
}
