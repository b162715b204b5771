import { describe, expect, it } from 'vitest';
import { type Collected, judgeCollected } from '../../core/changes/judge-collected.ts';
import type { RunReport } from '../../core/model.ts';
import { gatherCollectedNews } from '../../core/notify/collected-news.ts';
import { readFindings } from '../../core/store/report-findings.ts';
import type { Store } from '../../core/store/store.ts';
import { openTestStore } from '../store/temporary.ts';
import { makeRuns, nameTest, type RunShape } from './history-fixture.ts';

const COUNT = 40;
const SLOW = nameTest(1, 2);
const SHAS = Array.from({ length: COUNT }, (_, at) => String(at).padStart(2, '0').repeat(20));

/** Runs of a device of which a test is slower from a commit on. */
function makeField(from: number, shape: RunShape = {}): RunReport[] {
  const factor: RunShape['factor'] = (test, index) => (test === SLOW && index >= from ? 1.5 : 1);
  return makeRuns(SHAS, { factor, ...shape }).map((run) => ({ ...run, runner: 'field-1', role: 'field' }));
}

async function collect(store: Store, runs: readonly RunReport[]) {
  const collected: Collected = await store.writeRuns(runs);
  return gatherCollectedNews(await judgeCollected(collected, { store, thresholdRatio: null }), store);
}

describe('runs of another machine', () => {
  it('are screened when they are collected, and their suspects stay suspects', async () => {
    const store = openTestStore();
    const runs = makeField(34);
    await store.writeRuns(runs.slice(0, 34));
    const [news] = await collect(store, runs.slice(34));
    expect(news?.lane).toMatchObject({ runner: 'field-1', role: 'field' });
    const found = news?.changes.find(({ change }) => change.subject.text === SLOW);
    expect(found).toMatchObject({
      kind: 'suspect',
      change: { base: SHAS[33], head: SHAS[34], verdict: null },
      commit: { subject: 'Change 34' },
      commits: null,
    });
    expect(await collect(store, [])).toEqual([]);
  });

  it('are told once, however often they are collected', async () => {
    const store = openTestStore();
    const runs = makeField(34);
    await store.writeRuns(runs.slice(0, 34));
    await collect(store, runs.slice(34, 38));
    expect(await collect(store, runs)).toEqual([]);
  });

  it('are held against those of their own branch', async () => {
    const store = openTestStore();
    const onTopic = (run: RunReport): RunReport => ({
      ...run,
      commitDetails: { ...run.commitDetails, branch: 'topic' },
    });
    const runs = makeField(34);
    await store.writeRuns(runs.slice(0, 34));
    expect(await collect(store, runs.slice(34, 36).map(onTopic))).toEqual([]);
  });

  it('say nothing where they were interrupted, or of a folder with changes', async () => {
    const store = openTestStore();
    const change = (run: RunReport, at: number): RunReport => {
      if (at < 34) return run;
      return at % 2 === 0
        ? { ...run, interrupted: true }
        : { ...run, commitDetails: { ...run.commitDetails, modified: true } };
    };
    const runs = makeField(34, { change });
    await store.writeRuns(runs.slice(0, 34));
    expect(await collect(store, runs.slice(34))).toEqual([]);
  });

  it('come with what their machine has proven, which is told as that', async () => {
    const device = openTestStore();
    const runs = makeField(34);
    await device.writeRuns(runs.slice(0, 34));
    const found = await collect(device, runs.slice(34));
    const id = found[0]?.changes.find(({ change }) => change.subject.text === SLOW)?.change.id ?? '';
    const [base, head] = [SHAS[33] ?? '', SHAS[34] ?? ''];
    const ratio = { value: 1.5, low: 1.4, high: 1.6 };
    const verdict = { kind: 'confirmed', ratio, level: 0.999, pairs: 12, base, head, reason: null } as const;
    const primary = openTestStore();
    await primary.writeRuns(runs, await readFindings(device, {}));
    await device.updateChange(id, { verdict });
    const bring = async () => {
      const written = await primary.writeRuns([], await readFindings(device, {}));
      const findings = await judgeCollected(written, { store: primary, thresholdRatio: null });
      return (await gatherCollectedNews(findings, primary)).flatMap(({ changes }) => changes);
    };
    expect(await bring()).toMatchObject([{ kind: 'confirmed', change: { id }, until: null }]);
    const state = { state: 'recovered', reason: null, by: 'tracey' } as const;
    await device.updateChange(id, { state, recoveredRunId: runs[38]?.id ?? '' });
    expect(await bring()).toMatchObject([
      { kind: 'recovered', change: { id }, until: { sha: SHAS[38], subject: 'Change 38' } },
    ]);
    expect(await bring()).toEqual([]);
  });
});
