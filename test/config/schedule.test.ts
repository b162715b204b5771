import { describe, expect, it } from 'vitest';
import { findScheduleComplaint } from '../../core/config/schedule.ts';

describe('a schedule', () => {
  it.each([
    '00 00 02 * * *',
    '* * * * * *',
    '*/10 0-30/5 1,2,3 1-15 jan-MAR,12 mon-fri',
    '59 59 23 31 12 7',
    '  0\t0 2 * * sun ',
  ])('has six fields, seconds first: %j', (text) => {
    expect(findScheduleComplaint(text)).toBeNull();
  });

  it.each([
    ['', 'must have 6 cron fields', 'Example: "00 00 02 * * *".'],
    ['daily', 'must have 6 cron fields', 'Example: "00 00 02 * * *".'],
    ['0 0 0 0 0 0 0', 'must have 6 cron fields', 'Example: "00 00 02 * * *".'],
    ['30 2 * * 1', 'must have 6 cron fields', 'Put the seconds first: "00 30 2 * * 1".'],
    ['30 25 * * 1', 'must have 6 cron fields', 'Example: "00 00 02 * * *".'],
  ])('of other than six fields is refused: %j', (text, what, hint) => {
    expect(findScheduleComplaint(text)).toEqual({ what, hint });
  });

  it.each([
    ['60 0 0 * * *', 'a second from 0 to 59 (or "*") as field 1 of 6'],
    ['0 -1 0 * * *', 'a minute from 0 to 59 (or "*") as field 2 of 6'],
    ['0 0 24 * * *', 'an hour from 0 to 23 (or "*") as field 3 of 6'],
    ['0 0 0 0 * *', 'a day of the month from 1 to 31 (or "*") as field 4 of 6'],
    ['0 0 0 * 13 *', 'a month from 1 to 12 (or "*") as field 5 of 6'],
    ['0 0 0 * * 8', 'a day of the week from 0 to 7 (or "*") as field 6 of 6'],
    ['0 0 0 * mon *', 'a month from 1 to 12 (or "*") as field 5 of 6'],
    ['0 30-10 0 * * *', 'a minute from 0 to 59 (or "*") as field 2 of 6'],
    ['*/0 0 0 * * *', 'a second from 0 to 59 (or "*") as field 1 of 6'],
    ['1,,2 0 0 * * *', 'a second from 0 to 59 (or "*") as field 1 of 6'],
    ['1-2-3 0 0 * * *', 'a second from 0 to 59 (or "*") as field 1 of 6'],
    ['*/2/2 0 0 * * *', 'a second from 0 to 59 (or "*") as field 1 of 6'],
    ['001 0 0 * * *', 'a second from 0 to 59 (or "*") as field 1 of 6'],
  ])('names the field that is out of range: %j', (text, what) => {
    expect(findScheduleComplaint(text)).toEqual({
      what: `must have ${what}`,
      hint: 'Example: "00 00 02 * * *".',
    });
  });
});
