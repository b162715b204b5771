import { expect, it } from 'vitest';
import { findNextSlot } from '../../core/config/next-slot.ts';

it.each([
  ['00 50 00 * * *', '2026-03-01T00:49:59Z', '2026-03-01T00:50:00.000Z'],
  ['00 50 00 * * *', '2026-03-01T00:50:00Z', '2026-03-02T00:50:00.000Z'],
  ['0 0 6,18 * * *', '2026-03-01T07:00:00Z', '2026-03-02T06:00:00.000Z'],
  ['0 0 4 * * MON-FRI', '2026-02-27T05:00:00Z', '2026-03-02T04:00:00.000Z'],
  ['0 30 2 29 2 *', '2026-03-01T00:00:00Z', '2028-02-29T02:30:00.000Z'],
  ['0 0 4 1 * MON', '2026-03-03T00:00:00Z', '2026-03-09T04:00:00.000Z'],
  ['0 0 4 1 * MON', '2026-03-30T05:00:00Z', '2026-04-01T04:00:00.000Z'],
])('%s comes round after %s at %s', (schedule, after, next) => {
  expect(new Date(findNextSlot(schedule, Date.parse(after)) ?? 0).toISOString()).toBe(next);
});

it('a day that never comes is never due', () => {
  expect(findNextSlot('0 0 4 31 2 *', Date.parse('2026-03-01T00:00:00Z'))).toBeNull();
});
