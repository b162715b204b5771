import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { computeGitHubCron } from '../../core/config/github-cron.ts';

describe("GitHub's cron entry of a schedule", () => {
  it.each([
    ['00 00 02 * * *', '0 2 * * *'],
    ['00 50 00 * * *', '50 0 * * *'],
    ['0 30 23 * * mon-FRI', '30 23 * * 1-5'],
    ['0 0 0 1,15 * *', '0 0 1,15 * *'],
    ['0 0 0 */2 * *', '0 0 1,3,5,7,9,11,13,15,17,19,21,23,25,27,29,31 * *'],
    ['0 0 4 * jan,FEB,mar,12 *', '0 4 * 1-3,12 *'],
    ['0 0 4 * * sat,sun', '0 4 * * 0,6'],
    ['0 0 4 1-31 1-12 0-6', '0 4 * * *'],
    [' 0\t0  4 * * * ', '0 4 * * *'],
  ])('has the five fields after the seconds, spelled in one way: %j is %j', (schedule, cron) => {
    expect(computeGitHubCron(schedule).cron).toBe(cron);
  });

  it.each([
    [
      '30 0 2 * * *',
      '0 2 * * *',
      'starts at second 30: GitHub starts on the minute, so the seconds are left out',
    ],
    ['*/10 0 2 * * *', '0 2 * * *', 'starts in 6 seconds of a minute: GitHub starts on the minute, once'],
    [
      '0 15 6,18 * * *',
      '15 6 * * *',
      'starts 2 times in 24 hours: a job has one slot in 24 hours, so only the first is kept, 06:15',
    ],
    [
      '0 */2 * * * *',
      '0 0 * * *',
      'starts 720 times in 24 hours: a job has one slot in 24 hours, so only the first is kept, 00:00',
    ],
    [
      '0 0 2 1 * mon',
      '0 2 1 * 1',
      'limits the day of the month and the day of the week: it starts when either fits',
    ],
    ['0 0 2 * 3 *', '0 2 * 3 *', 'counts months from 1, January (the ancestor: from 0)'],
    ['0 0 2 * * 5-7', '0 2 * * 0,5,6', 'has 7 for Sunday, which is 0 at GitHub'],
    [
      '0 0 2 10/7 * *',
      '0 2 10,17,24,31 * *',
      'has a step after a single value: it counts on from there (the ancestor took the value alone)',
    ],
  ])('says what is not as the schedule has it: %j', (schedule, cron, remark) => {
    expect(computeGitHubCron(schedule)).toEqual({ cron, remarks: [remark] });
  });

  it('says everything about a schedule that cannot be kept at all', () => {
    expect(computeGitHubCron('* * * * * *')).toEqual({
      cron: '0 0 * * *',
      remarks: [
        'starts in 60 seconds of a minute: GitHub starts on the minute, once',
        'starts 1440 times in 24 hours: a job has one slot in 24 hours, so only the first is kept, 00:00',
      ],
    });
  });

  it('remarks nothing on steps of months and weekdays as such', () => {
    expect(computeGitHubCron('0 0 2 * */7 */7').remarks).toEqual([]);
  });

  it('is its own entry again', () => {
    const field = (from: number, to: number) =>
      fc.oneof(
        fc.constant('*'),
        fc.uniqueArray(fc.integer({ min: from, max: to }), { minLength: 1 }).map(String),
      );
    fc.assert(
      fc.property(field(0, 59), field(0, 23), field(1, 31), field(1, 12), field(0, 7), (...fields) => {
        const { cron } = computeGitHubCron(`0 ${fields.join(' ')}`);
        expect(computeGitHubCron(`0 ${cron}`).cron).toBe(cron);
      }),
    );
  });
});
