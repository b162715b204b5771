import { describe, expect, it } from 'vitest';
import { formatFound } from '../../action/changes-text.ts';
import type { Terminal } from '../../action/terminal.ts';
import { computeChangeFindings } from '../../core/notify/change-findings.ts';
import type { ChangeNews } from '../../core/notify/news.ts';
import { createFound, HOSTILE } from '../github/news.ts';
import { createVanished } from './findings-fixture.ts';

const PLACE = {
  repository: 'happner/sample',
  branch: 'main',
  jobType: 'performance-tracker-lite',
  runner: 'bench',
};

function find(changes: readonly ChangeNews[]) {
  return computeChangeFindings(changes, PLACE);
}

const other = createFound('confirmed', {
  subject: { ...createFound().change.subject, title: ['b'], text: 'test/b.js > b' },
});

describe('findings of changes', () => {
  it('are proven slow-downs alone', () => {
    const kinds = ['standing', 'suspect', 'refuted', 'decided', 'faster'] as const;
    expect(find(kinds.map((kind) => createFound(kind)))).toEqual([]);
    expect(find([createFound()])).toMatchObject([
      {
        kind: 'slower',
        subject: { kind: 'test', name: 'test/router.js > Router > should match' },
        proof: { lowRatio: 1.11, highRatio: 1.14, pairs: 34 },
        beforeMs: 1.2,
        nowMs: 1.2 * 1.124,
      },
    ]);
  });

  it('are one for each commit and Node line, with the other tests named', () => {
    const elsewhere = createFound('confirmed', { nodeLine: '22' });
    const functions = [{ name: 'match', file: 'lib/a.js', line: 3, baseMs: 1, headMs: 3 }];
    const findings = find([{ ...createFound(), commits: 3, functions }, other, elsewhere]);
    expect(findings).toHaveLength(2);
    expect(findings[0]).toMatchObject({
      remarks: [
        'It began with one of 3 commits, of which this is the last.',
        'Slower with the same commit: test/b.js > b (+12.4 %).',
        'What grew most: match (lib/a.js:3) +2.00 ms.',
      ],
    });
  });

  it('are over when nothing of the commit is slow any more', () => {
    const recovered = createFound('recovered');
    expect(find([recovered])).toEqual([]);
    const [slower] = find([createFound()]);
    expect(find([{ ...recovered, isOver: true }])).toMatchObject([
      { kind: 'recovered', id: slower?.id, nowMs: 1.35 },
    ]);
  });

  it('hold numbers that JSON knows', () => {
    const { verdict } = createFound().change;
    const open = createFound('confirmed', {
      verdict: verdict && { ...verdict, ratio: { value: 2, low: 1.5, high: Number.POSITIVE_INFINITY } },
    });
    expect(JSON.parse(JSON.stringify(find([open])))[0].proof.highRatio).toBe(Number.MAX_VALUE);
  });
});

describe('changes on a terminal', () => {
  const terminal = { style: (_, text) => text } as Pick<Terminal, 'style'> as Terminal;

  it('say what, by how much, and since when, and nothing when there are none', () => {
    const text = formatFound(terminal, {
      changes: [createFound(), createFound('refuted')],
      machineChanges: [],
      vanished: [],
    });
    expect(text).toContain(
      'Slower, confirmed\n  0123456789ab  test/router.js > Router > should match on Node 24: ',
    );
    expect(text).toContain('1.20 ms → 1.35 ms, +12.4 % (+11.0 % to +14.0 %, 34 pairs)');
    expect(text).toContain('1 suspect turned out to be none when base and head ran by turns.');
    expect(formatFound(terminal, { changes: [], machineChanges: [], vanished: [] })).toBe('');
  });

  it('say of what is over since when and until when', () => {
    const found = createFound('recovered');
    const until = { ...found.commit, sha: 'e'.repeat(40), subject: 'Take it back' };
    const text = formatFound(terminal, {
      changes: [{ ...found, until }],
      machineChanges: [],
      vanished: [],
    });
    expect(text).toContain('No longer slow\n');
    expect(text).toContain('      until eeeeeeeeee Take it back\n');
  });

  it('name the tests that are gone, and files with how many they had', () => {
    const vanished = [
      createVanished(),
      createVanished({ name: 'test/b.js', tests: 12, isThere: true, nodeLines: ['22'] }),
    ];
    expect(formatFound(terminal, { changes: [], machineChanges: [], vanished })).toBe(
      [
        'No longer there',
        '  test/a.js > works on Node 22, 24',
        '      since cccccccccc Tidy up',
        '  test/b.js (12 tests: the file is there, and was not run) on Node 22',
        '      since cccccccccc Tidy up',
      ].join('\n'),
    );
  });

  it('do nothing that a name, a reason or a machine says', () => {
    for (const text of HOSTILE) {
      const found = createFound('suspect', { stateReason: text, nodeLine: text });
      const named = { ...found, commit: { ...found.commit, subject: text } };
      const machine = {
        ...found.change,
        runner: text,
        nodeLine: text,
        runId: '',
        ratio: 1.3,
        calibrationRatio: 1.2,
      };
      const rest = { causes: [text], startedAt: '', commit: 'a', committedAt: '' };
      const shown = formatFound(terminal, {
        changes: [named],
        machineChanges: [{ ...machine, ...rest }],
        vanished: [createVanished({ name: text })],
      });
      expect(shown).not.toMatch(/[\u202e\u0007\u001b\u0000\r]/);
    }
  });
});
