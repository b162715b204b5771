/** A run as it is known before anything is measured, for tests to which it does not matter. */
import type { RunStart } from '../core/measure/journal-entries.ts';

export const RUN_START: RunStart = {
  id: '1767225600000_00000000-0000-4000-8000-000000000000',
  repository: 'sample/fixture',
  commit: 'a'.repeat(40),
  commitDetails: {
    sha: 'a'.repeat(40),
    branch: 'main',
    author: 'A. Uthor',
    committedAt: '2026-01-01T00:00:00.000Z',
    subject: 'Begin',
    parents: [],
    modified: false,
  },
  jobType: 'performance-tracker-lite',
  runner: 'test-runner',
  role: 'primary',
  nodeVersion: '24.1.0',
  nodeLine: '24',
  startedAt: '2026-01-01T00:00:00.000Z',
  dependencies: { source: 'present', packageManager: null, durationMs: null },
  machine: {
    facts: {
      hostname: 'here',
      platform: 'linux',
      arch: 'x64',
      libc: 'glibc',
      os: 'Linux',
      kernel: '6.0',
      cpuModel: 'CPU',
      cpuCount: 2,
      memoryBytes: 1e9,
      governor: null,
      turbo: null,
    },
    before: null,
  },
};
