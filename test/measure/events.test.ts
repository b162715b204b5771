import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type ProbeEvent, readEvents } from '../../core/measure/events.ts';
import { makeTemporaryFolder } from '../temporary-folder.ts';

async function read(content: string | Buffer, limits?: Parameters<typeof readEvents>[2]) {
  const file = join(makeTemporaryFolder(), 'events.jsonl');
  writeFileSync(file, content);
  const events: ProbeEvent[] = [];
  const damage = await readEvents(file, (event) => events.push(event), limits);
  return { damage, types: events.map((event) => event.type) };
}

describe('an event file', () => {
  it('that is not there is an empty one', async () => {
    const file = join(makeTemporaryFolder(), 'none.jsonl');
    expect(await readEvents(file, () => {})).toBeNull();
  });

  it('is read event by event, whatever else they carry', async () => {
    expect(await read('{"type":"start"}\n{"type":"end","more":1}\n')).toEqual({
      damage: null,
      types: ['start', 'end'],
    });
  });

  it('whose last line is unfinished was left by a crash, and is no damage', async () => {
    expect(await read('{"type":"start"}\n{"type":"test-st')).toEqual({ damage: null, types: ['start'] });
  });

  it('is read up to its first damage, which is told with its line', async () => {
    expect(await read('{"type":"start"}\n\u0000\u0001\n{"type":"end"}\n')).toEqual({
      damage: 'line 2 is not JSON',
      types: ['start'],
    });
    expect(await read('{"type":"start"}\n{"type":"dance"}\n')).toEqual({
      damage: 'line 2 is no event',
      types: ['start'],
    });
    expect(await read('{"type":"test-start","test":-1}\n')).toEqual({
      damage: 'line 1 is no event',
      types: [],
    });
  });

  it('may be cut anywhere by the chunks it is read in', async () => {
    const title = '😀'.repeat(1000);
    const line = `${JSON.stringify({ type: 'hook-start', title })}\n`;
    const { damage, types } = await read(line.repeat(200));
    expect(damage).toBeNull();
    expect(types).toHaveLength(200);
  });

  it('longer than its limit is damage, and memory stays bounded', async () => {
    const limits = { bytes: 20 * 1024 * 1024, lineBytes: 4 * 1024 * 1024 };
    const many = Buffer.from('{"type":"start"}\n'.repeat(1_400_000));
    expect((await read(many, limits)).damage).toBe('it is larger than 20971520 bytes');
    const endless = Buffer.alloc(5 * 1024 * 1024, 'x');
    expect(await read(endless, limits)).toEqual({ damage: 'line 1 is longer than 4194304 bytes', types: [] });
  });
});
