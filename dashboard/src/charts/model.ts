/** What a trend chart shows: lines of runs, the levels they stand at, and what happened. */
import type { RunNumber } from '../../data-format.ts';

/** `ordinary` counts; the others are drawn apart, so that nobody takes them for a change. */
export type PointKind = 'ordinary' | 'failed' | 'noisy' | 'interrupted' | 'modified';

export interface TrendPoint {
  readonly x: number;
  /** Median in ms; null leaves a gap. */
  readonly y: number | null;
  readonly run: RunNumber;
  /** Relative standard deviation of the samples; null when there is one only. */
  readonly spread: number | null;
  readonly kind: PointKind;
}

export interface TrendLine {
  readonly name: string;
  /** Which of the palette's colours; the first is the accent. */
  readonly colour: number;
  /** Ascending by x. */
  readonly points: readonly TrendPoint[];
}

/** A stretch of one level, with the band of ordinary noise around it. */
export interface Level {
  readonly fromX: number;
  readonly toX: number;
  readonly levelMs: number;
  readonly lowMs: number;
  readonly highMs: number;
}

export interface TrendEvent {
  readonly x: number;
  readonly kind: 'slower' | 'faster' | 'machine' | 'node' | 'edited' | 'release';
  /** A few characters at the line: `+12.4 %`, `Node 22.11.0`, `v1.4.0`. */
  readonly text: string;
}

/** Times as they are, or each line against a level of its own, so that lines of different height can be compared. */
export type Measure = 'time' | 'ratio';

export interface Trend {
  readonly measure: Measure;
  readonly lines: readonly TrendLine[];
  readonly levels: readonly Level[];
  readonly events: readonly TrendEvent[];
  /** From the present level to what the newest runs would have to reach to be told as slower; null when unknown. */
  readonly smallest: { readonly fromMs: number; readonly toMs: number } | null;
}
