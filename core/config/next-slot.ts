/** When a schedule comes round next. Pure; days and hours are UTC, as GitHub reads them. */
import { parseSchedule, type Schedule } from './schedule.ts';

const DAY_MS = 86_400_000;

/** Among so many days there is every date, even the 29th of February on a certain weekday. */
const MOST_DAYS = 366 * 40;

/**
 * The first time after `afterMs` at which a schedule starts something, of one slot a day, its first; null for one that never
 * does, such as the 31st of February. Seconds are left out, as GitHub leaves them.
 *
 * @param schedule six fields that are right
 */
export function findNextSlot(schedule: string, afterMs: number): number | null {
  const parsed = parseSchedule(schedule);
  const slotMs = ((parsed.hours[0] ?? 0) * 60 + (parsed.minutes[0] ?? 0)) * 60_000;
  const firstDayMs = Math.floor(afterMs / DAY_MS) * DAY_MS;
  for (let day = 0; day < MOST_DAYS; day += 1) {
    const dayMs = firstDayMs + day * DAY_MS;
    if (dayMs + slotMs > afterMs && isDayOf(parsed, new Date(dayMs))) return dayMs + slotMs;
  }
  return null;
}

/** As cron has it: of a day of the month and a weekday that are both given, either is enough. */
function isDayOf({ months, daysOfMonth, weekdays }: Schedule, day: Date): boolean {
  if (!months.includes(day.getUTCMonth() + 1)) return false;
  const [isDate, isWeekday] = [daysOfMonth.includes(day.getUTCDate()), weekdays.includes(day.getUTCDay())];
  const [anyDate, anyWeekday] = [daysOfMonth.length === 31, weekdays.length === 7];
  return anyDate || anyWeekday ? isDate && isWeekday : isDate || isWeekday;
}
