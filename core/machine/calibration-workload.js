/**
 * The calibration workload: a fixed amount of integer work and a fixed walk through memory, timed in rounds.
 * Run by calibration.ts in a process of its own; waits for the end of its stdin, prints one line of JSON and does
 * nothing else. Plain JavaScript so that it runs as it lies, from source or from a bundle. Any change to the work needs a
 * new version here and there.
 */
import { readFileSync } from 'node:fs';

const VERSION = 2;

/**
 * Sized for a ms or two per round on a server of 2020; the median of the rounds is the result. A round that is shorter than
 * a scheduler's time slice is either interrupted or not, and most are not, however busy the machine: long ones all are.
 */
const INTEGER_ROUNDS = 11;
const INTEGER_STEPS = 500_000;
const MEMORY_ROUNDS = 7;
const MEMORY_STEPS = 10_000;

/** One entry per cache line of 64 B, 2^18 lines: 16 MiB, more than most cores have to themselves. */
const LINES = 1 << 18;
const WORDS_PER_LINE = 16;

/** xorshift32 (Marsaglia, "Xorshift RNGs", 2003): each step needs the one before, so nothing overlaps. */
function work(seed, steps) {
  let state = seed;
  for (let step = 0; step < steps; step += 1) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
  }
  return state;
}

/**
 * Each line names the next by a linear congruence of full period (Hull and Dobell, 1962: odd increment,
 * multiplier 1 mod 4), so the walk meets no line twice and no prefetcher can follow it.
 */
function buildWalk() {
  const words = new Int32Array(LINES * WORDS_PER_LINE);
  for (let line = 0; line < LINES; line += 1) {
    const next = (Math.imul(line, 277_805) + 104_729) & (LINES - 1);
    words[line * WORDS_PER_LINE] = next * WORDS_PER_LINE;
  }
  return words;
}

function walk(words, start, steps) {
  let position = start;
  for (let step = 0; step < steps; step += 1) position = words[position];
  return position;
}

/** Runs `rounds` rounds, each from the result of the one before, after one that only warms up the compiler. */
function measure(rounds, start, round) {
  const times = [];
  let state = round(start);
  for (let index = 0; index < rounds; index += 1) {
    const startedAt = process.hrtime.bigint();
    state = round(state);
    times.push(Number(process.hrtime.bigint() - startedAt) / 1e6);
  }
  times.sort((a, b) => a - b);
  return { medianMs: times[(rounds - 1) / 2], state };
}

const words = buildWalk();
// All that is no work itself is done before its turn, which comes when its stdin ends.
readFileSync(0);
const integer = measure(INTEGER_ROUNDS, 2_463_534_242 | 0, (state) => work(state, INTEGER_STEPS));
const memory = measure(MEMORY_ROUNDS, 0, (position) => walk(words, position, MEMORY_STEPS));

process.stdout.write(
  `${JSON.stringify({
    version: VERSION,
    cpuMs: integer.medianMs,
    memoryMs: memory.medianMs,
    /** Where the work ended: the same on every machine, so a wrong one means other work was done. */
    checksum: (integer.state ^ memory.state) >>> 0,
  })}\n`,
);
