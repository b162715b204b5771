// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the files under test hold ${NAME} as text.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { formatNote } from '../../core/config/notes.ts';
import { loadNotes } from './options.ts';

const ancestor = readFileSync(new URL('fixtures/ancestor.yml', import.meta.url), 'utf8');

const plain = (key: string, variable: string) =>
  `${key} holds a secret in plain text. Name an environment variable instead, e.g. "\${${variable}}", and replace the secret if others can read this file.`;

const unused = (key: string) =>
  `${key} holds a secret in plain text that nothing uses. Remove it, and replace the secret if others can read this file.`;

describe('notes', () => {
  it("tell the owner of the ancestor's file what replaced each key, in the file's order", () => {
    expect(loadNotes(ancestor)).toEqual([
      '2:1 info: benchmarket is not used: results are kept in a SQLite database of your own.',
      `5:3 warning: ${unused('benchmarket.password')}`,
      `6:3 warning: ${unused('benchmarket.api_key')}`,
      '9:5 info: job_types[0].name is read as "performance-tracker", its name now.',
      '10:5 info: job_types[0].path is not used: this job type is built in.',
      `13:7 warning: ${plain('job_types[0].settings.password', 'SETTINGS_PASSWORD')}`,
      '17:5 info: github.user.name is not used: nothing is committed under a name of its own.',
      '18:5 info: github.user.email is not used: nothing is committed under a name of its own.',
      '19:5 info: github.user.token is read, but its place is now github.token.',
      `19:5 warning: ${plain('github.user.token', 'USER_TOKEN')}`,
      "20:5 info: github.user.secret is not used: the workflow's triggers took the place of webhooks.",
      `20:5 warning: ${unused('github.user.secret')}`,
      "22:3 info: github.secret is not used: the workflow's triggers took the place of webhooks.",
      `22:3 warning: ${unused('github.secret')}`,
      '39:5 info: repos[0].job_type is read as "performance-tracker", its name now.',
      '61:3 info: notify.recipients are set without notify.smtp: this file names no mail server to send the mails.',
      "64:1 info: queue is not used: GitHub Actions queues the jobs (see `concurrency` in the workflow), and the machine's lock runs one at a time.",
      '67:1 info: url is not used: no webhooks are received; what people look at is the address of the dashboard.',
    ]);
  });

  it.each([
    ['github: { token: abc }', `1:11 warning: ${plain('github.token', 'GITHUB_TOKEN')}`],
    [
      'notify: { smtp: { host: mail, password: "x" } }',
      `1:31 warning: ${plain('notify.smtp.password', 'SMTP_PASSWORD')}`,
    ],
    [
      'artifacts: { ipfs: { host: a, token: "x" } }',
      `1:31 warning: ${plain('artifacts.ipfs.token', 'IPFS_TOKEN')}`,
    ],
    [
      'artifacts: { ipfs: { url: "https://me:pw@ipfs.example.org" } }',
      `1:22 warning: ${plain('artifacts.ipfs.url', 'IPFS_URL')}`,
    ],
    [`job: { folder: ghp_${'a'.repeat(36)} }`, `1:8 warning: ${plain('job.folder', 'JOB_FOLDER')}`],
    [
      `job_types: [{ name: x, path: x, settings: { "1 2": [github_pat_${'a'.repeat(40)}] } }]`,
      `1:53 warning: ${plain('job_types[0].settings["1 2"][0]', 'SETTINGS_1_2')}`,
    ],
  ])('warn about a secret in plain text without showing it: %j', (text, note) => {
    expect(loadNotes(text)).toEqual([note]);
  });

  it.each([
    'github: { token: "${SMTP_PASSWORD}" }',
    'notify: { smtp: { host: mail, user: me, password: "${SMTP_PASSWORD}", from: "Tracey <t@example.org>" } }',
    'github: { token: ~, secret: ~ }',
    'notify: { recipients: [] , threshold: 1 }',
    'job_types: [{ name: load_test, path: ./load.js }]',
  ])('are not made where nothing is remarkable: %j', (text) => {
    expect(loadNotes(text)).toEqual([]);
  });

  it('ask whether a threshold below one percent was meant as a ratio', () => {
    expect(loadNotes('notify: { threshold: 0.1 }')).toEqual([
      '1:11 warning: notify.threshold means 0.1 percent. For 10 percent write 10.',
    ]);
  });

  it('are written on one line, with their place', () => {
    const note = { severity: 'info', line: 3, column: 1, path: 'url', message: 'url is not used.' } as const;
    expect(formatNote('.tracey.yml', note)).toBe('.tracey.yml:3:1: info: url is not used.');
  });
});
