/** A process of its own that screens one lane of a database, so that its time and memory are of nothing else. */
import { readFileSync } from 'node:fs';
import { boundYoungGeneration } from '../../action/young-generation.ts';
import { screenLane } from '../../core/changes/screen-lane.ts';
import { openStore } from '../../core/store/open.ts';

// As both ways in do.
boundYoungGeneration();
const [, , file = ''] = process.argv;
const store = openStore({ file });
const [last] = await store.listRuns({ limit: 1 });
if (last === undefined) throw new Error(`${file}: there is no run`);
const { repository, runner, role, nodeLine, jobType, isolation } = last;
const runs = await store.listRuns({ limit: 100_000 });
const startedMs = performance.now();
const findings = await screenLane({
  store,
  lane: { repository, runner, role, nodeLine, jobType, isolation },
  line: { shas: runs.map(({ commit }) => commit).reverse(), own: new Set() },
  runIds: new Set([last.id]),
  minimumRatio: { test: 0.05, total: 0.1 },
});
const seconds = (performance.now() - startedMs) / 1000;
const { user, system } = process.cpuUsage();
await store.close();
// The peak, in MB of 10^6 bytes: proc_pid_status(5).
const kibibytes = Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]);
const result = { seconds, cpuSeconds: (user + system) / 1e6, peakMb: (kibibytes * 1024) / 1e6 };
console.log(JSON.stringify({ ...result, found: findings?.found.length ?? 0 }));
