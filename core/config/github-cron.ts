/**
 * From the six fields of `repos[].schedule` to an entry of `on.schedule` in a workflow: POSIX cron of five fields, in
 * which equal times are spelled the same. What GitHub cannot keep, or Tracey does not, is changed as little as
 * possible, and said.
 */
import { parseSchedule } from './schedule.ts';

export interface GitHubCron {
  /** `30 2 * * 1-5`, in UTC unless the workflow names a time zone. It starts at most once in 24 hours. */
  readonly cron: string;
  /** What is not as the schedule has it, or easily misread; sentences without a beginning: `starts at …`. */
  readonly remarks: readonly string[];
}

/**
 * The cron entry of a schedule.
 *
 * Day of the month and day of the week: when both are limited, either is enough, in GitHub's cron as in that of the
 * cron package (https://pubs.opengroup.org/onlinepubs/9699919799/utilities/crontab.html).
 *
 * @param schedule one that `findScheduleComplaint` has nothing against
 */
export function computeGitHubCron(schedule: string): GitHubCron {
  const { seconds, minutes, hours, daysOfMonth, months, weekdays } = parseSchedule(schedule);
  const [second = 0, minute = 0, hour = 0] = [seconds[0], minutes[0], hours[0]];
  const starts = minutes.length * hours.length;
  const first = `${formatTwoDigits(hour)}:${formatTwoDigits(minute)}`;
  const written = schedule.trim().split(/\s+/);
  const isLimited = daysOfMonth.length < 31 && weekdays.length < 7;
  const remarks = [
    ...(seconds.length > 1
      ? [`starts in ${seconds.length} seconds of a minute: GitHub starts on the minute, once`]
      : []),
    ...(seconds.length === 1 && second > 0
      ? [`starts at second ${second}: GitHub starts on the minute, so the seconds are left out`]
      : []),
    ...(starts > 1
      ? [
          `starts ${starts} times in 24 hours: a job has one slot in 24 hours, so only the first is kept, ${first}`,
        ]
      : []),
    ...(isLimited ? ['limits the day of the month and the day of the week: it starts when either fits'] : []),
    ...(/\d/.test(removeSteps(written[4])) ? ['counts months from 1, January (the ancestor: from 0)'] : []),
    ...(/7/.test(removeSteps(written[5])) ? ['has 7 for Sunday, which is 0 at GitHub'] : []),
    ...(written.some((field) => /(^|,)\w+\//.test(field))
      ? ['has a step after a single value: it counts on from there (the ancestor took the value alone)']
      : []),
  ];
  const days = formatValues(daysOfMonth, 1, 31);
  return {
    cron: `${minute} ${hour} ${days} ${formatValues(months, 1, 12)} ${formatValues(weekdays, 0, 6)}`,
    remarks,
  };
}

function removeSteps(field = ''): string {
  return field.replace(/\/\d+/g, '');
}

function formatTwoDigits(value: number): string {
  return String(value).padStart(2, '0');
}

/** `*`, or numbers and ranges of three and more: `1-5,9`. */
function formatValues(values: readonly number[], from: number, to: number): string {
  if (values.length === to - from + 1) return '*';
  const ranges: { readonly from: number; to: number }[] = [];
  for (const value of values) {
    const last = ranges.at(-1);
    if (last?.to === value - 1) last.to = value;
    else ranges.push({ from: value, to: value });
  }
  return ranges
    .map((range) => {
      if (range.from === range.to) return range.from;
      return `${range.from}${range.to === range.from + 1 ? ',' : '-'}${range.to}`;
    })
    .join(',');
}
