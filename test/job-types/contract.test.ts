/** What every job type keeps, whichever it is. */
import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../core/errors.ts';
import { findJobType, JOB_TYPE_NAMES } from '../../job-types/index.ts';

describe.each(JOB_TYPE_NAMES)('the job type %s', (name) => {
  const jobType = findJobType(name);

  it('is found by its name, which is fit for a file, a table and a screen', () => {
    expect(jobType?.name).toBe(name);
    expect(name).toMatch(/^[a-z][a-z0-9-]*$/);
  });

  it('needs no settings', () => {
    expect(() => jobType?.parseSettings(undefined)).not.toThrow();
    expect(() => jobType?.parseSettings({})).not.toThrow();
  });

  it.each([[[]], ['text'], [7]])('refuses settings that are %j', (settings) => {
    expect(() => jobType?.parseSettings(settings)).toThrow(ConfigError);
  });

  it('refuses a key that it does not know, and names it', () => {
    expect(() => jobType?.parseSettings({ nosuchkey: 1 })).toThrow(/nosuchkey/);
  });

  it('parses the same settings in the same way', () => {
    expect(jobType?.parseSettings({})).toEqual(jobType?.parseSettings({}));
  });
});

it('a name that no job type bears finds none', () => {
  expect(findJobType('nosuch')).toBeUndefined();
  expect(findJobType('toString')).toBeUndefined();
});
