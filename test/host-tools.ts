/** Tools of a host that has none to give, for tests to which they do not matter. */
import type { HostTools } from '../core/measure/host.ts';

const refuse = () => Promise.reject(new Error('nothing is brought in this test'));

export const NO_TOOLS: HostTools = {
  bringDependencies: ({ install }) => install(() => undefined),
  resolveNode: refuse,
  packages: { listVersions: refuse, install: refuse },
  earlierFiles: { list: async () => [], read: async () => null },
};
