/**
 * The errors Tracey expects. Each is told as one message of three parts — where, what happened, what to
 * do — and never as a stack trace. Whatever is not a {@link TraceyError} is a defect of ours.
 */

/** What every expected failure carries besides its message. */
export interface ErrorDetails {
  /** Permanent, for scripts: `area/what`, e.g. `config/unknown-key`. */
  readonly code: string;
  /** What the reader can do about it, one sentence. */
  readonly hint?: string;
  readonly cause?: unknown;
}

/** An expected failure: the message says where, what happened and what was found; `hint` says what to do. */
export abstract class TraceyError extends Error {
  readonly code: string;
  readonly hint: string | undefined;

  constructor(message: string, details: ErrorDetails) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = new.target.name;
    this.code = details.code;
    this.hint = details.hint;
  }
}

/** The configuration, a flag or an input cannot be used. Exit code 2. */
export class ConfigError extends TraceyError {}

/** The job could not be done, or not to its end. Exit code 3. */
export class JobError extends TraceyError {}

/** Somebody could not be told. Never a reason for a job to fail; exit code 3 where telling is all that was asked for. */
export class NotifyError extends TraceyError {}

/** An artifact could not be made, found, fetched or put in its place. Exit code 3. */
export class ArtifactError extends TraceyError {}

/** The database, or a report on its way into or out of it, cannot be used. Exit code 2. */
export class StoreError extends TraceyError {}

/** The message of anything thrown, one line or more, without its stack. */
export function formatThrown(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/** The code (`ENOENT`, `EACCES`, …) of a failed system call, if `thrown` is one. */
export function findSystemCode(thrown: unknown): string | undefined {
  const code = thrown instanceof Error ? (thrown as NodeJS.ErrnoException).code : undefined;
  return typeof code === 'string' ? code : undefined;
}
