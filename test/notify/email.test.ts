import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createCommitLinks } from '../../action/commit-links.ts';
import type { SmtpConfig } from '../../core/config/config.ts';
import { type EmailOptions, tellByEmail } from '../../core/notify/email.ts';
import type { Finding } from '../../core/notify/finding.ts';
import { HOSTILE } from '../github/news.ts';
import { makeTemporaryFolder } from '../temporary-folder.ts';
import { createErrorFinding, createSlowerFinding, PLACE } from './findings-fixture.ts';
import { createSmtp, refuse, startMailServer } from './mail-server.ts';

/** Jobs on one machine, one after the other. */
function openMachine(folder = join(makeTemporaryFolder(), 'notify')) {
  const warnings: string[] = [];
  const tell = async (
    smtp: SmtpConfig,
    changes: readonly Finding[],
    overrides: Partial<EmailOptions> = {},
  ): Promise<void> => {
    const { branch, jobType, runner, repository } = PLACE;
    const job = {
      news: { repository, runs: [], failures: [] },
      place: { branch, jobType, runner },
      commit: null,
      log: [],
      thresholdRatio: null,
      changes,
    };
    await tellByEmail(job, {
      smtp,
      recipients: ['team@example.org', 'lead@example.org'],
      folder,
      links: createCommitLinks('https://github.com'),
      version: '1.2.3',
      now: () => new Date(),
      signal: new AbortController().signal,
      onWarning: (warning) => warnings.push(warning.message),
      ...overrides,
    });
  };
  return { folder, warnings, tell };
}

function readFiles(folder: string): string {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'))
    .join('\n');
}

const RECOVERED: Finding = {
  kind: 'recovered',
  id: createSlowerFinding().id,
  problem: createSlowerFinding(),
  commit: null,
  nowMs: 1050,
};

describe('tellByEmail', () => {
  it('sends one digest to everybody, as text and as HTML', async () => {
    const { port, mails } = await startMailServer();
    const { tell, warnings } = openMachine();
    await tell(createSmtp(port), [createErrorFinding(), createSlowerFinding()]);
    expect(mails).toHaveLength(1);
    expect(mails[0]?.to).toEqual(['team@example.org', 'lead@example.org']);
    const parsed = mails[0]?.parsed;
    expect(parsed?.subject).toBe('[Tracey] happner/sample: 1 could not be measured, 1 slower (main)');
    expect(parsed?.text).toContain('▁▁·▁█ 1.04 s – 1.39 s');
    expect(parsed?.html).toContain('>Since cccccccccc</a> Keep documents in order, by Ada</div>');
    expect(parsed?.attachments).toEqual([]);
    expect(warnings).toEqual([]);
  });

  it('sends nothing when there is nothing to tell, and asks the server nothing', async () => {
    const { tell, warnings } = openMachine();
    await tell(createSmtp(1), []);
    expect(warnings).toEqual([]);
  });

  it('tells a problem once, and in the same thread that it is over', async () => {
    const { port, mails } = await startMailServer();
    const { tell } = openMachine();
    const smtp = createSmtp(port);
    await tell(smtp, [createSlowerFinding()]);
    await tell(smtp, [createSlowerFinding()]);
    await tell(smtp, [RECOVERED]);
    await tell(smtp, [RECOVERED]);
    expect(mails.map(({ parsed }) => parsed.subject)).toEqual([
      '[Tracey] happner/sample: total +32.4 % on Node 24 (main)',
      '[Tracey] happner/sample: total recovered on Node 24 (main)',
    ]);
    expect(mails[1]?.parsed.references).toBe(mails[0]?.parsed.messageId);
  });

  it('keeps a mail while the server takes none, and sends it with the next job', async () => {
    const { tell, warnings, folder } = openMachine();
    const smtp = createSmtp(1, { user: 'tracey', password: 'correct horse', secure: false });
    await tell(smtp, [createSlowerFinding()]);
    expect(warnings).toEqual(['E-mail: 127.0.0.1:1 refused the connection.']);
    expect(readFiles(folder)).not.toContain('correct horse');

    const { port, mails } = await startMailServer();
    await tell(createSmtp(port), [createSlowerFinding(), createErrorFinding()]);
    expect(mails.map(({ parsed }) => parsed.subject)).toEqual([
      '[Tracey] happner/sample: total +32.4 % on Node 24 (main)',
      '[Tracey] happner/sample: could not be measured on Node 24 (main)',
    ]);
    expect(readdirSync(join(folder, 'queue'))).toEqual([]);
  });

  it('says what becomes of a mail that is not taken yet', async () => {
    const hints: (string | undefined)[] = [];
    const seen: string[] = [];
    let isGray = true;
    const { port, mails } = await startMailServer({
      onRcptTo: (_, __, callback) => callback(isGray ? refuse(451, 'greylisted') : null),
      onMailFrom: ({ address }, _, callback) => {
        seen.push(address);
        callback();
      },
    });
    const { tell, folder } = openMachine();
    const onWarning = (warning: Error & { hint?: string }) => hints.push(warning.hint);
    await tell(createSmtp(port), [createSlowerFinding()], { onWarning });
    expect(hints).toEqual([expect.stringContaining('The mail waits, and is sent again with the next job.')]);
    const [name = ''] = readdirSync(join(folder, 'queue'));
    const queued = JSON.parse(readFileSync(join(folder, 'queue', name), 'utf8'));
    isGray = false;
    await tell(createSmtp(port), []);
    expect(mails[0]?.parsed.messageId).toBe(queued.messageId);
    expect(seen).toHaveLength(2);
  });

  it('lets two jobs that end at the same moment tell a problem once', async () => {
    const { port, mails } = await startMailServer();
    const { folder, tell } = openMachine();
    const other = openMachine(folder);
    const smtp = createSmtp(port);
    await Promise.all([tell(smtp, [createSlowerFinding()]), other.tell(smtp, [createSlowerFinding()])]);
    expect(mails).toHaveLength(1);
  });

  it.each(HOSTILE)('gives no test title a header or recipient of its own: %j', async (hostile) => {
    const { port, mails } = await startMailServer();
    const { tell, warnings } = openMachine();
    const title = `${hostile}\r\nBcc: evil@example.org\r\nX-Evil: 1\r\n\r\nbody`;
    const place = { ...PLACE, branch: title, repository: title };
    const subject = { kind: 'test', name: title } as const;
    await tell(createSmtp(port), [createSlowerFinding({ subject, place })]);
    expect(warnings).toEqual([]);
    expect(mails[0]?.to).toEqual(['team@example.org', 'lead@example.org']);
    expect([...(mails[0]?.parsed.headers.keys() ?? [])].toSorted()).toEqual(
      [
        'auto-submitted',
        'content-type',
        'date',
        'from',
        'message-id',
        'mime-version',
        'subject',
        'to',
        'x-auto-response-suppress',
      ].toSorted(),
    );
    const raw = mails[0]?.raw ?? '';
    for (const line of raw.split('\r\n')) expect(line.length).toBeLessThanOrEqual(998);
    expect(raw.slice(0, raw.indexOf('\r\n\r\n'))).not.toMatch(/^(Bcc|X-Evil):/im);
  });

  it('warns when an address of the configuration is none, and throws nothing', async () => {
    const { tell, warnings } = openMachine();
    await tell(createSmtp(1), [createErrorFinding()], { recipients: ['a@b\r\nBcc: c@d'] });
    expect(warnings).toEqual(['E-mail: "a@b\\r\\nBcc: c@d" is no e-mail address.']);
  });

  it('warns when the data folder cannot be written, and throws nothing', async () => {
    const folder = join(makeTemporaryFolder(), 'notify');
    writeFileSync(folder, '');
    const { tell, warnings } = openMachine(folder);
    await tell(createSmtp(1), [createErrorFinding()]);
    expect(warnings).toEqual([expect.stringMatching(/^E-mail: ENOTDIR/)]);
  });

  it('keeps nothing as told that could not be queued', async () => {
    const { port, mails } = await startMailServer();
    const { tell, warnings, folder } = openMachine();
    await tell(createSmtp(port), [createSlowerFinding()]);
    rmSync(join(folder, 'queue'), { recursive: true });
    writeFileSync(join(folder, 'queue'), '');
    await tell(createSmtp(port), [createErrorFinding(), RECOVERED]);
    expect(warnings).toEqual([expect.stringMatching(/^E-mail: E/)]);
    rmSync(join(folder, 'queue'));
    await tell(createSmtp(port), [createErrorFinding(), RECOVERED]);
    expect(mails.at(-1)?.parsed.subject).toBe(
      '[Tracey] happner/sample: 1 could not be measured, 1 recovered (main)',
    );
  });
});
