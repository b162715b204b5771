import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { describeJobType } from 'tracey-action/job-type-test';
import startTime from './start-time.ts';

describeJobType(startTime, {
  describe,
  it,
  settings: { script: 'bin/hello.js', rounds: 2 },
  repoFolder: fileURLToPath(new URL('..', import.meta.url)),
});
