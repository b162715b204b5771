import { describe, expect, it } from 'vitest';
import type { StatsdConfig } from '../../core/config/config.ts';
import { type Gauge, listGauges } from '../../core/notify/gauges.ts';
import { tellMetrics } from '../../core/notify/metrics.ts';
import { sendGauges } from '../../core/notify/statsd.ts';
import { listRunnerGauges, NO_RUNNER_NEWS } from '../../core/notify/watch-runners.ts';
import { createRun } from '../../scripts/bench/runs.ts';
import { openTestStore } from '../store/temporary.ts';
import { receivePackets, startStatsd } from './statsd-server.ts';

const DUTY = {
  repository: 'happner/sample',
  runner: 'bench',
  role: 'field',
  jobType: 'performance-tracker-lite',
} as const;

function createStatsd(port: number, overrides: Partial<StatsdConfig> = {}): StatsdConfig {
  return { host: '127.0.0.1', port, style: null, ...overrides };
}

function neverEnding(): AbortSignal {
  return new AbortController().signal;
}

function createGauge(name: string, value = 1, tags: readonly string[] = []): Gauge {
  return { name, value, tags };
}

describe('sendGauges', () => {
  it("arrives at npm's statsd under the very names, each line a good one", async () => {
    const { port, waitFor } = await startStatsd();
    const run = createRun({ files: 20, testsPerFile: 50, samples: 1 }, 7);
    const { files, ...facts } = run;
    const gauges: Gauge[] = [];
    for await (const gauge of listGauges([{ run: facts, files }], 'names')) gauges.push(gauge);
    gauges.push(createGauge('last.of.all', 0));
    const signal = neverEnding();
    expect(await sendGauges(gauges, { statsd: createStatsd(port), signal })).toBe(gauges.length);
    const arrived = await waitFor(({ gauges: named }) => 'last.of.all' in named);
    const { 'statsd.timestamp_lag': _, ...named } = arrived.gauges;
    const rounded = gauges.map(({ name, value }) => [name, Math.round(value * 1e6) / 1e6]);
    expect(named).toEqual(Object.fromEntries(rounded));
    expect(arrived.badLines).toBe(0);
  });

  it('sends tens of thousands in their order, in packets that are not split', async () => {
    const { port, packets, waitFor } = await receivePackets();
    const gauges = Array.from({ length: 20_000 }, (_, index) =>
      createGauge(`repo.sample.host_linux_x64.results.node_version_24.suite.number_${index}`, index),
    );
    await sendGauges(gauges, { statsd: createStatsd(port), signal: neverEnding() });
    await waitFor('number_19999:');
    expect(packets.join('\n').split('\n')).toEqual(gauges.map(({ name, value }) => `${name}:${value}|g`));
    for (const packet of packets) expect(Buffer.byteLength(packet)).toBeLessThanOrEqual(1400);
    // Full ones: a packet for each gauge would be a flood.
    expect(packets.length).toBeLessThan(20_000 / 10);
  });

  it('writes tags as DogStatsD has them, and values without an exponent', async () => {
    const { port, waitFor } = await receivePackets();
    const gauges = [
      createGauge('tracey.test.duration', 0.0000004, ['repo:happner/sample', 'test:größe']),
      createGauge('tracey.test.duration', 0.000001, ['node:24']),
      createGauge('tracey.test.duration', 0),
    ];
    await sendGauges(gauges, { statsd: createStatsd(port), signal: neverEnding() });
    expect(await waitFor('node:24')).toBe(
      'tracey.test.duration:0|g|#repo:happner/sample,test:größe\ntracey.test.duration:0.000001|g|#node:24\ntracey.test.duration:0|g',
    );
  });

  it('reaches a server that has IPv6 alone', async () => {
    const { port, waitFor } = await receivePackets('udp6');
    const statsd = createStatsd(port, { host: '::1' });
    await sendGauges([createGauge('a')], { statsd, signal: neverEnding() });
    expect(await waitFor('a')).toBe('a:1|g');
  });

  it('does not mind that nobody listens', async () => {
    const gauges = Array.from({ length: 100 }, (_, index) => createGauge(`a${index}`));
    expect(await sendGauges(gauges, { statsd: createStatsd(9), signal: neverEnding() })).toBe(100);
  });

  it('says that the host is not known', async () => {
    const sending = sendGauges([createGauge('a')], {
      statsd: createStatsd(8125, { host: 'statsd.invalid' }),
      signal: neverEnding(),
    });
    await expect(sending).rejects.toMatchObject({
      code: 'notify/statsd-unreachable',
      message: 'StatsD: statsd.invalid:8125 cannot be found.',
      hint: 'Check statsd.host in .tracey.yml.',
    });
  });

  it('ends with the time there is, between two packets', async () => {
    const { port } = await receivePackets();
    const stop = new AbortController();
    function* endless() {
      for (let index = 0; ; index += 1) {
        if (index === 5000) stop.abort();
        yield createGauge(`gauge.${index}`);
      }
    }
    await expect(sendGauges(endless(), { statsd: createStatsd(port), signal: stop.signal })).rejects.toThrow(
      /^StatsD: 127\.0\.0\.1:\d+ was sent \d+ gauges; for the rest there was no time\.$/,
    );
  });
});

describe('tellMetrics', () => {
  it('sends the newest complete run of each Node version', async () => {
    const { port, packets, waitFor } = await receivePackets();
    const store = openTestStore();
    const shape = { files: 1, testsPerFile: 1, samples: 1 };
    const [old, older, broken] = [createRun(shape, 1), createRun(shape, 2), createRun(shape, 3)];
    const other = { ...createRun(shape, 4), nodeVersion: '22.1.0', nodeLine: '22' };
    const runs = [old, older, { ...broken, interrupted: true }, other].map((run) => ({
      ...run,
      outcome: 'passed' as const,
    }));
    for (const run of runs) await store.writeRun(run);
    const warnings: Error[] = [];
    await tellMetrics(runs, {
      statsd: createStatsd(port),
      runners: {
        overdue: [{ ...DUTY, lastStartedAt: '', dueAt: '' }],
        back: [],
      },
      store,
      signal: neverEnding(),
      onWarning: (warning) => warnings.push(warning),
    });
    await waitFor('node_version_22');
    const totals = packets.join('\n').match(/total\.node_version_\d+:.*/g);
    const format = (durationMs: number) => Math.round(durationMs * 1e6) / 1e6;
    expect(totals).toEqual([
      `total.node_version_24:${format(older.totals.durationMs)}|g`,
      `total.node_version_22:${format(other.totals.durationMs)}|g`,
    ]);
    expect(packets.join('\n')).toContain('repo.sample.bench.overdue:1|g');
    expect(warnings).toEqual([]);
  });

  it('says of a machine by name or with tags whether it is overdue', () => {
    const one = { ...DUTY, lastStartedAt: '', dueAt: '' };
    expect(listRunnerGauges({ overdue: [], back: [one] }, 'names')).toEqual([
      { name: 'repo.sample.bench.overdue', tags: [], value: 0 },
    ]);
    expect(listRunnerGauges({ overdue: [one], back: [] }, 'tags')).toEqual([
      {
        name: 'tracey.runner.overdue',
        tags: ['repo:happner/sample', 'runner:bench', 'role:field', 'job_type:performance-tracker-lite'],
        value: 1,
      },
    ]);
  });

  it('warns when the run cannot be read, and throws nothing', async () => {
    const warnings: Error[] = [];
    const { files: _, ...run } = createRun({ files: 1, testsPerFile: 1, samples: 1 }, 1);
    await tellMetrics([run], {
      statsd: createStatsd(9),
      runners: NO_RUNNER_NEWS,
      store: openTestStore(),
      signal: neverEnding(),
      onWarning: (warning) => warnings.push(warning),
    });
    expect(warnings).toMatchObject([
      { code: 'notify/statsd-failed', message: expect.stringMatching(/^StatsD: .*no run/i) },
    ]);
  });
});
