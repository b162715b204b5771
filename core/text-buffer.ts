/**
 * Much text made of little pieces, gathered outside the heap: kept as strings, the pieces would outlive the garbage
 * collector's quick rounds and pile up until a thorough one.
 */
export interface TextBuffer {
  /** How much there is, in bytes of UTF-8. */
  readonly bytes: number;
  append(text: string): void;
  /** What was appended since the last time; valid until the next call. */
  take(): Buffer;
}

/** Starts with room for so many bytes, and grows as needed. */
export function createTextBuffer(initialBytes: number): TextBuffer {
  let buffer = Buffer.allocUnsafe(initialBytes);
  let end = 0;
  return {
    get bytes() {
      return end;
    },
    append(text) {
      // No code unit of a string takes more than three bytes.
      const needed = end + 3 * text.length;
      if (needed > buffer.length) {
        const grown = Buffer.allocUnsafe(Math.max(needed, 2 * buffer.length));
        buffer.copy(grown, 0, 0, end);
        buffer = grown;
      }
      end += buffer.write(text, end);
    },
    take() {
      const taken = buffer.subarray(0, end);
      end = 0;
      return taken;
    },
  };
}
