import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Mail, type MailQueue, openMailQueue, QUEUE_LIMITS } from '../../core/notify/queue.ts';
import { makeTemporaryFolder } from '../temporary-folder.ts';
import { createMail } from './mail-server.ts';

const START = Date.UTC(2026, 0, 1);

/** A queue over a folder, whose clock the test turns. */
function openTestQueue(folder = join(makeTemporaryFolder(), 'queue')) {
  const clock = { ms: START };
  const dropped: string[] = [];
  const queue = openMailQueue({
    folder,
    now: () => new Date(clock.ms),
    onDropped: (count, why) => dropped.push(`${count}: ${why}`),
  });
  return { folder, clock, dropped, queue };
}

/** Sends to nobody but the list. */
async function flushInto(queue: MailQueue, sent: string[]) {
  return queue.flush(async ({ subject }) => {
    sent.push(subject);
    return [];
  });
}

const failing = () => Promise.reject(new Error('the server is away'));

describe('openMailQueue', () => {
  it('sends oldest first, and keeps nothing of it', async () => {
    const { queue, clock, folder } = openTestQueue();
    for (const subject of ['first', 'second', 'third']) {
      await queue.add(createMail({ subject }));
      clock.ms += 1;
    }
    const sent: string[] = [];
    expect(await flushInto(queue, sent)).toEqual({ sent: 3, waiting: 0 });
    expect(sent).toEqual(['first', 'second', 'third']);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('has nothing to send where there is no folder', async () => {
    expect(await openTestQueue().queue.flush(failing)).toEqual({ sent: 0, waiting: 0 });
  });

  it('keeps what cannot be sent, and everything behind it, until it can', async () => {
    const { queue, clock } = openTestQueue();
    await queue.add(createMail({ subject: 'first' }));
    clock.ms += 1;
    await queue.add(createMail({ subject: 'second' }));
    await expect(queue.flush(failing)).rejects.toThrow('the server is away');
    const sent: string[] = [];
    expect(await flushInto(queue, sent)).toEqual({ sent: 2, waiting: 0 });
    expect(sent).toEqual(['first', 'second']);
  });

  it('keeps a mail for those alone who have not got it', async () => {
    const { queue } = openTestQueue();
    await queue.add(createMail({ to: ['a@example.org', 'b@example.org'] }));
    expect(await queue.flush(async () => ['b@example.org'])).toEqual({ sent: 0, waiting: 1 });
    const seen: Mail[] = [];
    await queue.flush(async (mail) => {
      seen.push(mail);
      return [];
    });
    expect(seen).toEqual([createMail({ to: ['b@example.org'] })]);
  });

  it('goes on with the next mail after one that was turned down', async () => {
    const { queue, clock } = openTestQueue();
    await queue.add(createMail({ subject: 'bad' }));
    clock.ms += 1;
    await queue.add(createMail({ subject: 'good' }));
    const result = await queue.flush(async ({ subject, to }) => (subject === 'bad' ? to : []));
    expect(result).toEqual({ sent: 1, waiting: 1 });
  });

  it('lets nobody else read what waits', async () => {
    const { queue, folder } = openTestQueue();
    await queue.add(createMail());
    const [name = ''] = readdirSync(folder);
    expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(Object.keys(JSON.parse(readFileSync(join(folder, name), 'utf8')))).toEqual([
      'to',
      'subject',
      'text',
      'html',
      'messageId',
      'references',
    ]);
  });

  it('gives up what is too old, and says so', async () => {
    const { queue, clock, dropped } = openTestQueue();
    await queue.add(createMail());
    clock.ms += QUEUE_LIMITS.ageMs;
    await expect(queue.flush(failing)).rejects.toThrow('away');
    clock.ms += 1;
    expect(await queue.flush(failing)).toEqual({ sent: 0, waiting: 0 });
    expect(dropped).toEqual(['1: not sent within 3 days']);
  });

  it('gives up the oldest of too many', async () => {
    const { queue, clock, dropped } = openTestQueue();
    for (let index = 0; index < QUEUE_LIMITS.mails + 2; index += 1) {
      clock.ms += 1;
      await queue.add(createMail({ subject: String(index) }));
    }
    expect(dropped).toEqual(['1: more than 50 wait', '1: more than 50 wait']);
    const sent: string[] = [];
    await flushInto(queue, sent);
    expect(sent).toHaveLength(QUEUE_LIMITS.mails);
    expect(sent[0]).toBe('2');
  });

  it('gives up what cannot be read, and leaves alone what is not its own', async () => {
    const { queue, folder, dropped } = openTestQueue();
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, `${START}-00000000-0000-4000-8000-000000000000.json`), '{"to":[');
    writeFileSync(join(folder, 'notes.txt'), 'mine');
    expect(await queue.flush(failing)).toEqual({ sent: 0, waiting: 0 });
    expect(dropped).toEqual(['1: it cannot be read']);
    expect(readdirSync(folder)).toEqual(['notes.txt']);
  });

  it('sends each mail once when two processes empty it at the same time', async () => {
    const { queue, folder, clock } = openTestQueue();
    for (let index = 0; index < 20; index += 1) {
      clock.ms += 1;
      await queue.add(createMail({ subject: String(index) }));
    }
    const other = openTestQueue(folder).queue;
    const sent: string[] = [];
    const results = await Promise.all([flushInto(queue, sent), flushInto(other, sent)]);
    expect(sent.toSorted()).toEqual(Array.from({ length: 20 }, (_, index) => String(index)).toSorted());
    expect(results[0].sent + results[1].sent).toBe(20);
  });

  it('takes up again what a process that died was sending, and not before that is sure', async () => {
    const { queue, folder, clock } = openTestQueue();
    await queue.add(createMail({ subject: 'left' }));
    const { promise: never } = Promise.withResolvers<readonly string[]>();
    const started = Promise.withResolvers<void>();
    void queue.flush(() => {
      started.resolve();
      return never;
    });
    await started.promise;
    expect(readdirSync(folder)).toEqual([expect.stringMatching(/\.sending$/)]);
    const sent: string[] = [];
    const heir = openTestQueue(folder);
    heir.clock.ms = clock.ms + 10 * 60_000 - 1;
    await flushInto(heir.queue, sent);
    expect(sent).toEqual([]);
    heir.clock.ms += 1;
    await flushInto(heir.queue, sent);
    expect(sent).toEqual(['left']);
  });
});
