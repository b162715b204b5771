import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createCommitLinks } from '../../action/commit-links.ts';
import { renderDigest } from '../../core/notify/digest.ts';
import type { Finding } from '../../core/notify/finding.ts';
import { computeVanishedFindings } from '../../core/notify/vanished.ts';
import { HOSTILE, listTags } from '../github/news.ts';
import {
  createErrorFinding,
  createOverdueFinding,
  createSlowerFinding,
  createVanished,
  DOCUMENTED,
  PLACE,
} from './findings-fixture.ts';

const LINKS = createCommitLinks('https://github.com');

function render(findings: readonly Finding[], links: typeof LINKS | null = LINKS) {
  return renderDigest({ findings, links, version: '1.2.3' });
}

describe('renderDigest', () => {
  it('tells a job that could not measure', () => {
    const { subject, text } = render([createErrorFinding()]);
    expect(subject).toBe('[Tracey] happner/sample: could not be measured on Node 24 (main)');
    expect(text).toBe(`COULD NOT MEASURE

happner/sample on Node 24
  branch main, performance-tracker-lite on bench
  Commit aaaaaaaaaa  Break the build, by Ada
    https://github.com/happner/sample/commit/${'a'.repeat(40)}

    \`npm ci\` ended with exit code 1: no such package.
    Run the command by hand in that folder.

  The end of the log:

    installing dependencies
    npm error 404 Not Found

-- ${''}
Each problem is told once, and once more when it is over.
Sent by Tracey 1.2.3; who gets this is in notify.recipients of .tracey.yml.
`);
  });

  it('tells a slower total with a chart, and how it was confirmed', () => {
    const { subject, text, html } = render([createSlowerFinding()]);
    expect(subject).toBe('[Tracey] happner/sample: total +32.4 % on Node 24 (main)');
    expect(text).toContain(`Total of happner/sample on Node 24: 1.05 s → 1.39 s, +32.4 %
  branch main, performance-tracker-lite on bench
  Since cccccccccc  Keep documents in order, by Ada
    https://github.com/happner/sample/commit/${'c'.repeat(40)}
  Before bbbbbbbbbb  Rank what was found, by Grace
    https://github.com/happner/sample/commit/${'b'.repeat(40)}
  All between
    https://github.com/happner/sample/compare/${'b'.repeat(40)}...${'c'.repeat(40)}
  ▁▁·▁█ 1.04 s – 1.39 s
  Confirmed: before and after ran in turn on this machine, 34 pairs; +28.0 % to +37.0 %.
  Slower with the same commit: test/rank.test.js > rank > sorts (+58.1 %).
`);
    expect(html).toContain('aria-label="Trend: ▁▁·▁█ 1.04 s – 1.39 s"');
    expect(html.match(/bgcolor=/g)).toHaveLength(4);
    expect(html).not.toMatch(/<img|<svg|src=|cid:/);
  });

  it('tells a confirmed change of a test by its name', () => {
    const proof = { lowRatio: 1.28, highRatio: 1.37, pairs: 40 };
    const name = 'test/a.js > suite > adds 1500 documents';
    const { subject, text } = render([createSlowerFinding({ proof, subject: { kind: 'test', name } })]);
    expect(subject).toBe(`[Tracey] happner/sample: ${name} +32.4 % on Node 24 (main)`);
    expect(text).toContain(`${name} on Node 24: 1.05 s → 1.39 s, +32.4 %`);
    expect(text).toContain(
      'Confirmed: before and after ran in turn on this machine, 40 pairs; +28.0 % to +37.0 %.',
    );
    expect(text).not.toContain('Not confirmed');
  });

  it('tells what is over', () => {
    const slower = createSlowerFinding();
    const error = createErrorFinding();
    const commit = { sha: 'd'.repeat(40), subject: 'Mend it', author: '' };
    const { subject, text } = render([
      { kind: 'recovered', id: error.id, problem: error, commit, nowMs: null },
      { kind: 'recovered', id: slower.id, problem: slower, commit: null, nowMs: 1040 },
    ]);
    expect(subject).toBe('[Tracey] happner/sample: 2 recovered (main)');
    expect(text).toContain('happner/sample can be measured again on Node 24\n');
    expect(text).toContain('With dddddddddd  Mend it\n');
    expect(text).toContain('Total of happner/sample on Node 24: 1.39 s → 1.04 s, before it was slow 1.05 s');
    const [one] = [render([{ kind: 'recovered', id: '', problem: slower, commit: null, nowMs: 1 }])];
    expect(one?.subject).toBe('[Tracey] happner/sample: total recovered on Node 24 (main)');
  });

  it('tells that a machine is overdue, and that it is back', () => {
    const overdue = createOverdueFinding();
    const { subject, text } = render([overdue]);
    expect(subject).toBe('[Tracey] happner/sample: field-1 is overdue');
    expect(text).toContain(
      'OVERDUE\n\nfield-1 has not measured happner/sample since 2026-03-01 02:10 UTC, and was due by 2026-03-02 04:00 UTC\n',
    );
    const back = render([{ kind: 'recovered', id: overdue.id, problem: overdue, commit: null, nowMs: null }]);
    expect(back.subject).toBe('[Tracey] happner/sample: field-1 is back');
    expect(back.text).toContain('field-1 measures happner/sample again\n');
  });

  it('tells tests that are gone, with the commit, and a bounded number of names', () => {
    const { name: _, ...file } = createVanished({ tests: 12, isThere: true });
    const vanished = [
      createVanished(),
      ...Array.from({ length: 30 }, (_, at) => ({ ...file, name: `test/${at}.js` })),
    ];
    const { subject, text } = render(computeVanishedFindings(vanished, PLACE));
    expect(subject).toBe('[Tracey] happner/sample: 361 tests gone on Node 22, 24 (main)');
    expect(text).toContain('361 tests of happner/sample no longer there on Node 22, 24\n');
    expect(text).toContain('  Since cccccccccc  Tidy up');
    expect(text).toContain('  test/a.js > works\n');
    expect(text).toContain('  test/0.js (12 tests: the file is there, and was not run)\n');
    expect(text).toContain('… and 11 more\n');
  });

  it('counts several findings in its subject, and shows a bounded number', () => {
    const many = Array.from({ length: 30 }, (_, index) => createSlowerFinding({ id: String(index) }));
    const { subject, text } = render([createErrorFinding(), ...many]);
    expect(subject).toBe('[Tracey] happner/sample: 1 could not be measured, 30 slower (main)');
    expect(text.match(/Total of/g)).toHaveLength(20);
    expect(text).toContain('… and 10 more');
  });

  it('says commits without links where nobody knows where they are', () => {
    const { text, html } = render([createSlowerFinding()], null);
    expect(text).toContain('Since cccccccccc  Keep documents in order');
    expect(text + html).not.toContain('http');
  });

  it('keeps its subject short, and on one line', () => {
    const name = `a\r\nBcc: evil@example.org\r\n\r\n${'x'.repeat(500)}`;
    const { subject } = render([createSlowerFinding({ subject: { kind: 'test', name } })]);
    expect(subject).toHaveLength(120);
    expect(subject).toMatch(/^\[Tracey\] happner\/sample: a Bcc: evil@example\.org x+…$/);
  });

  it.each(HOSTILE)('lets nothing become markup, a link or a control: %j', (hostile) => {
    const place = { ...PLACE, repository: hostile, branch: hostile, runner: hostile, jobType: hostile };
    const commit = { sha: 'c'.repeat(40), subject: hostile, author: hostile };
    const findings: Finding[] = [
      createErrorFinding({ place, commit, reason: hostile, log: [hostile] }),
      createSlowerFinding({ place, commit, subject: { kind: 'test', name: hostile }, remarks: [hostile] }),
      createOverdueFinding({ place }),
      ...computeVanishedFindings(
        [createVanished({ name: hostile, head: { ...commit, committedAt: '' } })],
        place,
      ),
    ];
    const harmless = render([
      createErrorFinding({ log: ['x'] }),
      createSlowerFinding(),
      createOverdueFinding(),
      ...computeVanishedFindings([createVanished()], PLACE),
    ]);
    const { subject, text, html } = render(findings);
    // Addresses hold the repository, encoded.
    const strip = (tag: string) => tag.replace(/href="https:\/\/github\.com\/[^"\s<>]*"/, 'href');
    expect(listTags(html).map(strip)).toEqual(listTags(harmless.html).map(strip));
    for (const told of [subject, text, html]) {
      expect(told).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f\u202e\ud800](?![\udc00-\udfff])/);
    }
    expect(text.replace(/https:\/\/github\.com\/\S*/g, '')).not.toMatch(/:\/\/|www\./i);
    expect(subject).not.toMatch(/[\r\n]/);
  });

  it('has one subject line of bounded length whatever is in it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (name) => {
        const { subject } = render([createSlowerFinding({ subject: { kind: 'test', name } })]);
        return subject.length <= 120 && !/[\p{Cc}\p{Zl}\p{Zp}]/u.test(subject);
      }),
    );
  });
});

describe('docs/notify.md', () => {
  it('shows a mail as it is', () => {
    const { subject, text } = renderDigest({ findings: [DOCUMENTED], links: LINKS, version: '0.1.0' });
    const page = readFileSync(new URL('../../docs/notify.md', import.meta.url), 'utf8');
    expect(page).toContain(`\`\`\`text\nSubject: ${subject}\n\n${text}\`\`\`\n`);
  });
});
