/**
 * Cuts a series into stretches of one level each: exact optimal partitioning under a loss that is bounded, so that
 * a spike, however high, cannot pay for a change. It finds the cuts; whether one is worth a word is judged
 * elsewhere.
 */

export interface PartitionOptions {
  /** What a cut must save, in squared noise units. */
  readonly penalty: number;
  /** Distance from the level, in noise units, from which on an observation costs no more. */
  readonly bound: number;
}

/**
 * The indices at which new segments begin, ascending, without the 0: those that minimise
 * `sum of min((y - level)², bound²) + penalty · cuts` over all cuts and levels.
 *
 * Algorithm: R-FPOP with the biweight loss, P. Fearnhead and G. Rigaill, "Changepoint Detection in the Presence of
 * Outliers", JASA 114 (2019), 169–183. The cost of the best partition of what came so far is kept as a function of
 * the level of its last segment, in pieces that are quadratics; each observation adds its loss to it, and a constant —
 * the best cost of all, and the penalty — replaces it wherever to cut here is cheaper. Near-linear in practice.
 *
 * @param values in noise units, finite
 */
export function partition(values: Float64Array, { penalty, bound }: PartitionOptions): number[] {
  const count = values.length;
  if (count < 2) return [];
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  if (low === high) return [];
  const work: Work = { cost: createPieces(), next: createPieces(), low, bound, best: 0, bestStart: 0 };
  push(work.cost, high, 0, 0, 0, 0);
  const lastCut = new Int32Array(count);
  for (let at = 0; at < count; at++) {
    addLoss(work, values[at] as number);
    lastCut[at] = work.bestStart;
    if (at < count - 1) capCost(work, work.best + penalty, at + 1);
  }
  const cuts: number[] = [];
  for (let at = lastCut[count - 1] as number; at > 0; at = lastCut[at - 1] as number) cuts.push(at);
  return cuts.reverse();
}

/** A cost as a function of the level: from the end of the piece before to `end`, `square·x² − 2·linear·x + constant`. */
interface Pieces {
  size: number;
  end: Float64Array;
  square: Float64Array;
  linear: Float64Array;
  constant: Float64Array;
  /** Where the segment of this level began. */
  start: Int32Array;
}

/** What the two steps of each observation work on. One object throughout: they are called for every observation. */
interface Work {
  /** The cost as it is, and room for what it becomes. */
  cost: Pieces;
  next: Pieces;
  /** The lowest level; the highest is the end of the last piece. */
  readonly low: number;
  readonly bound: number;
  /** The least cost, and the start of the last segment that has it. */
  best: number;
  bestStart: number;
}

function createPieces(): Pieces {
  const room = 64;
  return {
    size: 0,
    end: new Float64Array(room),
    square: new Float64Array(room),
    linear: new Float64Array(room),
    constant: new Float64Array(room),
    start: new Int32Array(room),
  };
}

// Called for every piece of every observation: arguments by position, because an object each would cost more than the rest.
function push(
  pieces: Pieces,
  end: number,
  square: number,
  linear: number,
  constant: number,
  start: number,
): void {
  let { size } = pieces;
  if (size > 0) {
    const last = size - 1;
    const isSame =
      pieces.start[last] === start &&
      pieces.square[last] === square &&
      pieces.linear[last] === linear &&
      pieces.constant[last] === constant;
    if (isSame) {
      pieces.end[last] = end;
      return;
    }
  }
  if (size === pieces.end.length) grow(pieces);
  pieces.end[size] = end;
  pieces.square[size] = square;
  pieces.linear[size] = linear;
  pieces.constant[size] = constant;
  pieces.start[size] = start;
  pieces.size = ++size;
}

function grow(pieces: Pieces): void {
  const room = pieces.end.length * 2;
  const widen = (from: Float64Array) => {
    const to = new Float64Array(room);
    to.set(from);
    return to;
  };
  pieces.end = widen(pieces.end);
  pieces.square = widen(pieces.square);
  pieces.linear = widen(pieces.linear);
  pieces.constant = widen(pieces.constant);
  const start = new Int32Array(room);
  start.set(pieces.start);
  pieces.start = start;
}

/** Adds the loss of one observation, and finds the least cost. */
function addLoss(work: Work, value: number): void {
  const { cost: from, next: to, bound } = work;
  to.size = 0;
  const inner = value - bound;
  const outer = value + bound;
  const most = bound * bound;
  const squared = value * value;
  let best = Number.POSITIVE_INFINITY;
  let bestStart = 0;
  let left = work.low;
  for (let index = 0; index < from.size; index++) {
    const end = from.end[index] as number;
    const square = from.square[index] as number;
    const linear = from.linear[index] as number;
    const constant = from.constant[index] as number;
    const start = from.start[index] as number;
    let begin = left;
    while (true) {
      const isNear = begin >= inner && begin < outer;
      const stop = begin < inner ? Math.min(end, inner) : isNear ? Math.min(end, outer) : end;
      const a = isNear ? square + 1 : square;
      const b = isNear ? linear + value : linear;
      const c = isNear ? constant + squared : constant + most;
      push(to, stop, a, b, c, start);
      let point = a > 0 ? b / a : begin;
      if (point < begin) point = begin;
      else if (point > stop) point = stop;
      const cost = (a * point - 2 * b) * point + c;
      if (cost < best) {
        best = cost;
        bestStart = start;
      }
      if (stop >= end) break;
      begin = stop;
    }
    left = end;
  }
  work.best = best;
  work.bestStart = bestStart;
  work.cost = to;
  work.next = from;
}

/** Replaces the cost by the constant `cap`, of a segment that begins at `start`, wherever that is cheaper. */
function capCost(work: Work, cap: number, start: number): void {
  const { cost: from, next: to } = work;
  to.size = 0;
  let left = work.low;
  for (let index = 0; index < from.size; index++) {
    const end = from.end[index] as number;
    const square = from.square[index] as number;
    const linear = from.linear[index] as number;
    const constant = from.constant[index] as number;
    const since = from.start[index] as number;
    if (square === 0) {
      if (constant <= cap) push(to, end, square, linear, constant, since);
      else push(to, end, 0, 0, cap, start);
    } else {
      const discriminant = linear * linear - square * (constant - cap);
      if (discriminant <= 0) {
        push(to, end, 0, 0, cap, start);
      } else {
        const root = Math.sqrt(discriminant);
        const first = (linear - root) / square;
        const second = (linear + root) / square;
        if (first >= end || second <= left) {
          push(to, end, 0, 0, cap, start);
        } else {
          if (first > left) push(to, first, 0, 0, cap, start);
          push(to, Math.min(second, end), square, linear, constant, since);
          if (second < end) push(to, end, 0, 0, cap, start);
        }
      }
    }
    left = end;
  }
  work.cost = to;
  work.next = from;
}
