// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the files under test hold ${NAME} as text.
import { describe, expect, it } from 'vitest';
import { complaints, refusal } from './options.ts';

const REPO = 'owner: a, name: b';

describe('a problem of the file', () => {
  it.each([
    // Keys
    ['statsd: {}', '1:1: statsd.host is missing.'],
    ['statsd: { host: }', '1:11: statsd.host is missing.'],
    ['reops: []', '1:1: Unknown key "reops". Did you mean "repos"?'],
    ['job: { wait_minutes: 3 }', '1:8: Unknown key "wait_minutes" in job. Did you mean "waitMinutes"?'],
    ['job: { colour: red }', '1:8: Unknown key "colour" in job. Known keys: folder, waitMinutes.'],
    [
      'notify: { smtp: { host: mail, pasword: x } }',
      '1:31: Unknown key "pasword" in notify.smtp. Did you mean "password"?',
    ],
    ['url: a\nurl: b', '2:1: url is given twice, first in line 1.'],
    ['job: { folder: a, folder: b }', '1:19: job.folder is given twice, first in line 1.'],
    ['__proto__: 1', '1:1: "__proto__" cannot be used as a key.'],
    // Types
    ['- a', '1:1: The file must hold keys and values, got a list.'],
    ['hello', '1:1: The file must hold keys and values, got "hello".'],
    ['repos: {}', '1:1: repos must be a list, got keys and values.'],
    ['repos:\n  -\n', '2:4: repos[0] is empty.'],
    ['job: none', '1:1: job must be keys and values, got "none".'],
    [
      'job_types: [{ name: x, path: x, settings: [] }]',
      '1:33: job_types[0].settings must be keys and values, got an empty list.',
    ],
    [
      `repos: [{ ${REPO}, node_js: '22' }]`,
      '1:30: repos[0].node_js must be a list, got "22". Write each item on a line of its own after "- ".',
    ],
    [
      `repos: [{ ${REPO}, node_js: [22] }]`,
      '1:40: repos[0].node_js[0] must be text, got 22. Put it in quotes: "22".',
    ],
    [
      `repos: [{ ${REPO}, node_js: [0.10] }]`,
      '1:40: repos[0].node_js[0] must be text, got 0.10, which YAML reads as the number 0.1. Put it in quotes: "0.10".',
    ],
    ['job: { folder: true }', '1:8: job.folder must be text, got true. Put it in quotes: "true".'],
    [
      'job: { waitMinutes: "60" }',
      '1:8: job.waitMinutes must be a number, got "60". Write 60, without quotes or sign.',
    ],
    ['job: { waitMinutes: an hour }', '1:8: job.waitMinutes must be a number, got "an hour".'],
    [
      'job: { waitMinutes: "${OWNER}" }',
      '1:8: job.waitMinutes must be a number, got "${OWNER}", whose value is not shown. A variable can only stand for text.',
    ],
    [
      'artifacts: { upload: yes }',
      '1:14: artifacts.upload must be true or false, got "yes". Write true, without quotes.',
    ],
    [
      'artifacts: { targets: [arm64] }',
      '1:24: artifacts.targets[0] must be platform-arch-libc-node<ABI>, got "arm64". Example: "linux-arm64-glibc-node137".',
    ],
    [
      'artifacts: { upload: "off" }',
      '1:14: artifacts.upload must be true or false, got "off". Write false, without quotes.',
    ],
    // Renames
    ['renames: [{ from: a }]', '1:11: renames[0].to is missing.'],
    ['renames: [{ from: a, to: "" }]', '1:22: renames[0].to must not be empty, got "".'],
    [
      'renames: [{ from: a, to: b, because: c }]',
      '1:29: Unknown key "because" in renames[0]. Known keys: from, to.',
    ],
    [
      'renames: [{ from: a, to: b }, { from: a, to: c }]',
      '1:33: renames[1].from "a" is already renames[0].from. A name goes on under one other, and from one other: remove one of the lines.',
    ],
    [
      'renames: [{ from: a, to: c }, { from: b, to: c }]',
      '1:42: renames[1].to "c" is already renames[0].to. A name goes on under one other, and from one other: remove one of the lines.',
    ],
    [
      'renames: [{ from: a, to: a }]',
      '1:22: renames[0].to leads back to "a". Name what it is called now last, and remove the line that leads back.',
    ],
    [
      'renames: [{ from: a, to: b }, { from: b, to: c }, { from: c, to: a }]',
      '1:62: renames[2].to leads back to "c". Name what it is called now last, and remove the line that leads back.',
    ],
    // Values
    ['job: { folder: "" }', '1:8: job.folder must not be empty, got "".'],
    ['job: { waitMinutes: -1 }', '1:8: job.waitMinutes must be 0 or more minutes, got -1.'],
    ['job: { waitMinutes: 1e9 }', '1:8: job.waitMinutes must be at most 10080 minutes, a week, got 1e9.'],
    ['notify: { threshold: 0 }', '1:11: notify.threshold must be above 0 percent, got 0.'],
    ['notify: { threshold: 5000 }', '1:11: notify.threshold must be at most 1000 percent, got 5000.'],
    ['notify: { threshold: .nan }', '1:11: notify.threshold must be a number, got .nan.'],
    [
      'notify: { recipients: [me] }',
      '1:24: notify.recipients[0] must be an e-mail address, got "me". Example: "team@example.org".',
    ],
    [
      'notify: { recipients: ["a@b.org\\nBcc: c@d.org"] }',
      '1:24: notify.recipients[0] must be an e-mail address, got "a@b.org\\nBcc: c@d.org". Example: "team@example.org".',
    ],
    [
      'notify: { smtp: { host: mail, from: Tracey } }',
      '1:31: notify.smtp.from must be an e-mail address, with a name before it or without, got "Tracey". Example: "Tracey <tracey@example.org>".',
    ],
    ['statsd: { host: a, style: graphite }', '1:20: statsd.style must be names or tags, got "graphite".'],
    ['statsd: { host: a, port: 0 }', '1:20: statsd.port must be a port from 1 to 65535, got 0.'],
    ['statsd: { host: a, port: "http" }', '1:20: statsd.port must be a port from 1 to 65535, got "http".'],
    ['statsd: { host: a, port: [] }', '1:20: statsd.port must be a port from 1 to 65535, got an empty list.'],
    [
      'statsd: { host: "udp://a" }',
      '1:11: statsd.host must be a host name or address alone, got "udp://a". Example: "192.168.0.4".',
    ],
    [
      'artifacts: { ipfs: { url: "localhost:5001" } }',
      '1:22: artifacts.ipfs.url must be an address that starts with http:// or https://, got "localhost:5001".',
    ],
    [
      'artifacts: { ipfs: { port: 5001 } }',
      '1:14: artifacts.ipfs has neither host nor url. Example: host: "192.168.0.4".',
    ],
    [
      `repos: [{ ${REPO}, node_js: [] }]`,
      '1:30: repos[0].node_js must name at least one Node.js version, got an empty list.',
    ],
    [
      `repos: [{ ${REPO}, node_js: [">= 20"] }]`,
      '1:40: repos[0].node_js[0] must be a Node.js version or a line of versions, got ">= 20". Examples: "22", "0.10", "lts".',
    ],
    [
      `repos: [{ ${REPO}, testFolder: ../x }]`,
      '1:30: repos[0].testFolder must be a path inside the repo, got "../x". Example: "test".',
    ],
    [
      `repos: [{ ${REPO}, testFolder: /etc }]`,
      '1:30: repos[0].testFolder must be a path inside the repo, got "/etc". Example: "test".',
    ],
    [
      'repos: [{ owner: happner/tracey, name: b }]',
      '1:11: repos[0].owner must be an account on GitHub, got "happner/tracey". For github.com/happner/tracey write owner: "happner" and name: "tracey".',
    ],
    [
      'repos: [{ owner: a, name: .. }]',
      '1:21: repos[0].name must be a repo\'s name on GitHub, got "..". For github.com/happner/tracey write owner: "happner" and name: "tracey".',
    ],
    [
      'repos: [{ owner: a, name: b.git }]',
      '1:21: repos[0].name must be a repo\'s name on GitHub, got "b.git". For github.com/happner/tracey write owner: "happner" and name: "tracey".',
    ],
    [
      'job_types: [{ name: "../x", path: x }]',
      '1:15: job_types[0].name must be a name of letters, digits, ".", "_" and "-", got "../x". Example: "performance-tracker-lite".',
    ],
    // Between values
    [
      'job_types: [{ name: x }]',
      '1:13: job_types[0].path is missing: "x" is not a built-in job type. Name its npm package or path. Built in: performance-tracker, performance-tracker-lite, happn-protocol, happner-protocol.',
    ],
    [
      'job_types: [{ name: x, path: x }, { name: x, path: y }]',
      '1:37: job_types[1].name "x" is already job_types[0].name. Remove one of them.',
    ],
    [
      'job_types: [{ name: performance-tracker }, { name: performance_tracker }]',
      '1:46: job_types[1].name "performance_tracker" is already job_types[0].name. Remove one of them.',
    ],
    [
      `repos: [{ ${REPO}, job_type: performance-traker }]`,
      '1:30: repos[0].job_type names no job type, got "performance-traker". Did you mean "performance-tracker"?',
    ],
    [
      `job_types: [{ name: x1, path: x }]\nrepos: [{ ${REPO}, job_type: benchmark }]`,
      '2:30: repos[0].job_type names no job type, got "benchmark". Known: performance-tracker, performance-tracker-lite, happn-protocol, happner-protocol, x1; others are added under job_types.',
    ],
    [
      'repos:\n  - { owner: a, name: b }\n  - { owner: A, name: B }',
      '3:5: repos[1] is the same repo and job type as repos[0]. Remove one of them.',
    ],
    // Variables
    [
      'github: { token: "${NOPE}" }',
      '1:11: github.token needs the environment variable NOPE, which is not set. Set NOPE, or write "$${" for a plain "${".',
    ],
    [
      'github: { token: "${EMPTY}" }',
      '1:11: github.token needs the environment variable EMPTY, which is empty. Set EMPTY, or write "$${" for a plain "${".',
    ],
    [
      'github: { token: "pa${ss" }',
      '1:11: github.token holds "${" without the name of an environment variable and a "}" after it. Write "${NAME}" for a variable, or "$${" for a plain "${".',
    ],
  ])('is told with its place, its key and what to do: %j', (text, complaint) => {
    expect(complaints(text)).toEqual([complaint]);
  });

  it('is no problem when one repo is measured by two job types', () => {
    const text = `repos: [{ ${REPO}, job_type: happn-protocol }, { ${REPO}, job_type: performance-tracker }, { ${REPO}, job_type: performance_tracker }]`;
    expect(complaints(text)).toEqual([
      '1:112: repos[2] is the same repo and job type as repos[1]. Remove one of them.',
    ]);
  });

  it('quotes at most the start of a long text, on one line', () => {
    const [complaint] = complaints(`notify: { recipients: ["${'x\\n'.repeat(500)}"] }`);
    expect(complaint?.length).toBeLessThan(200);
    expect(complaint).toContain('…"');
  });

  it('puts a key that is no plain word in quotes', () => {
    expect(
      refusal('job_types: [{ name: x, path: x, settings: { "a b": "${NOPE}" } }]').problems[0]?.path,
    ).toBe('job_types[0].settings["a b"]');
  });
});

describe('a message', () => {
  const secret = 'hunter2-hunter2';
  it.each([
    `github: { token: [${secret}] }`,
    `github: { token: { ${secret}: ${secret} } }`.replace(`${secret}:`, 'a:'),
    'github: { token: 20011224 }',
    'notify: { smtp: { host: mail, password: 20011224 } }',
    'notify: { smtp: { password: 0020011224 } }',
    `notify: { recipients: [ghp_${'a'.repeat(36)}] }`,
    `notify: { recipients: [github_pat_${'a'.repeat(36)}] }`,
    `artifacts: { ipfs: { url: "ftp://me:${secret}@host" } }`,
    `github: { token: "\${${secret}" }`,
    `github:\n  token: "${secret}" ${secret}\n`,
    `github:\n  token: "\\q${secret}"\n`,
    `github:\n  token: |x${secret}\n`,
    `github:\n  token: !${secret} x\n`,
    `github:\n  token: *${secret}\n`,
    'notify: { recipients: ["${SMTP_PASSWORD}"] }',
    'repos: [{ owner: a, name: b, schedule: "${SMTP_PASSWORD}", job_type: "${SMTP_PASSWORD}" }]',
  ])('never shows a secret: %j', (text) => {
    const { message, problems } = refusal(text);
    expect(message + JSON.stringify(problems)).not.toMatch(/hunter2|20011224|aaaaaaaaaa/);
  });
});
