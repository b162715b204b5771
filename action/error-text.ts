/** Anything thrown as text: an expected failure as its message and what to do, a defect of ours with its stack. */
import { ConfigError, formatThrown, StoreError, TraceyError } from '../core/errors.ts';
import { EXIT, type ExitCode } from './context.ts';

/** Message and hint of an expected failure; message and stack of anything else. */
export function formatError(thrown: unknown): string {
  if (thrown instanceof TraceyError)
    return thrown.hint === undefined ? thrown.message : `${thrown.message}\n${thrown.hint}`;
  const stack = thrown instanceof Error ? thrown.stack : undefined;
  return `unexpected: ${stack ?? formatThrown(thrown)}\nThis is a defect of Tracey; please report it with this text.`;
}

export function findExitCode(thrown: unknown): ExitCode {
  if (thrown instanceof ConfigError || thrown instanceof StoreError) return EXIT.usage;
  return thrown instanceof TraceyError ? EXIT.testsFailed : EXIT.unexpected;
}
