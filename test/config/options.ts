/** What the configuration's tests parse with, and shorthands for what they look at. */

import { type ParseConfigOptions, parseConfig } from '../../core/config/parse.ts';
import { ConfigFileError } from '../../core/config/problems.ts';

export const options: ParseConfigOptions = {
  file: '.tracey.yml',
  environment: { SMTP_PASSWORD: 'hunter2', EMPTY: '', DAILY: 'daily', OWNER: 'happner' },
  knownJobTypes: ['performance-tracker', 'performance-tracker-lite', 'happn-protocol', 'happner-protocol'],
};

export function load(text: string) {
  return parseConfig(text, options).config;
}

export function loadNotes(text: string): string[] {
  return parseConfig(text, options).notes.map(
    (note) => `${note.line}:${note.column} ${note.severity}: ${note.message}`,
  );
}

type Parse = (text: string, options: ParseConfigOptions) => unknown;

/** The error that refuses a text. */
export function refusal(text: string, parse: Parse = parseConfig) {
  try {
    parse(text, options);
  } catch (error) {
    if (error instanceof ConfigFileError) return error;
    throw error;
  }
  throw new Error('The text was accepted.');
}

/** The lines of that error's message, each without the file's name. */
export function complaints(text: string, parse: Parse = parseConfig): string[] {
  return refusal(text, parse)
    .message.split('\n')
    .map((line) => line.replace(/^\.tracey\.yml:/, ''));
}
