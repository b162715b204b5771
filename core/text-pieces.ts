/** Characters in a piece, about: fewer cost time, more cost memory. */
const PIECE_LENGTH = 16_384;

/** Joins many small texts to pieces that are worth writing one by one. */
export function* joinToPieces(texts: Iterable<string>): Generator<string> {
  let piece = '';
  for (const text of texts) {
    piece += text;
    if (piece.length < PIECE_LENGTH) continue;
    yield piece;
    piece = '';
  }
  if (piece !== '') yield piece;
}
