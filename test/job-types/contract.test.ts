/** What every job type keeps, whichever it is: the kit that authors of others are given, over the built-in ones. */
import { describe, expect, it } from 'vitest';
import { describeJobType } from '../../action/job-type-test.ts';
import { findJobType, JOB_TYPE_NAMES } from '../../job-types/index.ts';

for (const name of JOB_TYPE_NAMES) {
  const jobType = findJobType(name);
  if (jobType === undefined) throw new Error(`${name} is not found by its name`);
  describeJobType(jobType, { describe, it });
}

it('a name that no job type bears finds none', () => {
  expect(findJobType('nosuch')).toBeUndefined();
  expect(findJobType('toString')).toBeUndefined();
});
