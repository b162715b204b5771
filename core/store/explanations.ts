/** Why something is not passed is often the same run after run, and long: each text is stored once. */
import { createHash } from 'node:crypto';
import type { Connection } from './connection.ts';

export interface ExplanationText {
  readonly reason: string | null;
  readonly message: string | null;
  readonly stack: string | null;
}

/** The number of an explanation, stored when it is new. Must be called within a transaction. */
export function internExplanation(
  connection: Connection,
  { reason, message, stack }: ExplanationText,
): number {
  const values = [reason, message, stack];
  const digest = createHash('sha256').update(JSON.stringify(values)).digest().subarray(0, 16);
  const known = connection.prepare<{ id: number }>('SELECT id FROM explanation WHERE digest = ?').get(digest);
  if (known !== undefined) return known.id;
  const { lastInsertRowid } = connection
    .prepare('INSERT INTO explanation (digest, reason, message, stack) VALUES (?, ?, ?, ?)')
    .run(digest, ...values);
  return Number(lastInsertRowid);
}
