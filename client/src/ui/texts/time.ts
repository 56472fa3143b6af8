/** Times and dates as people of each language write them. */
import { useTranslation } from 'react-i18next';

const dayMilliseconds = 86_400_000;

function startOfDay(at: number): number {
  return new Date(at).setHours(0, 0, 0, 0);
}

/** Whole days between two local dates; summer time changes do not matter. */
export function daysBetween(earlier: number, later: number): number {
  return Math.round((startOfDay(later) - startOfDay(earlier)) / dayMilliseconds);
}

const steps = [
  { unit: 'second', milliseconds: 1_000, below: 60 },
  { unit: 'minute', milliseconds: 60_000, below: 60 },
  { unit: 'hour', milliseconds: 3_600_000, below: 24 },
  { unit: 'day', milliseconds: dayMilliseconds, below: 30 },
  { unit: 'month', milliseconds: 30.4 * dayMilliseconds, below: 12 },
  { unit: 'year', milliseconds: 365.25 * dayMilliseconds, below: Infinity },
] as const;

/** "3 minutes ago", "in 2 days". */
export function relative(language: string, at: number, now: number): string {
  const format = new Intl.RelativeTimeFormat(language, { numeric: 'auto' });
  for (const { unit, milliseconds, below } of steps) {
    const count = Math.round((at - now) / milliseconds);
    if (Math.abs(count) < below) return format.format(count, unit);
  }
  return '';
}

/** The language as it is written where the reader lives: British English has no "AM". */
function regionOf(language: string): string {
  return navigator.languages.find((tag) => tag.startsWith(`${language}-`)) ?? language;
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** Making a format costs far more than using it, and a history uses it a thousand times. */
function formatOf(language: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${language} ${JSON.stringify(options)}`;
  const format = formats.get(key) ?? new Intl.DateTimeFormat(language, options);
  formats.set(key, format);
  return format;
}

export function useTimes() {
  const { i18n, t } = useTranslation();
  const language = regionOf(i18n.language);
  const format = (at: number, options: Intl.DateTimeFormatOptions) =>
    formatOf(language, options).format(at);
  return {
    time: (at: number) => format(at, { timeStyle: 'short' }),
    date: (at: number) => format(at, { dateStyle: 'long' }),
    full: (at: number) => format(at, { dateStyle: 'medium', timeStyle: 'short' }),
    ago: (at: number) => relative(language, at, Date.now()),
    day: (at: number) => {
      const days = daysBetween(at, Date.now());
      if (days === 0) return t('chat.today');
      if (days === 1) return t('chat.yesterday');
      return format(at, {
        weekday: 'long',
        day: 'numeric',
        month: 'long',
        ...(days > 300 ? { year: 'numeric' } : {}),
      });
    },
    names: (names: readonly string[]) => new Intl.ListFormat(language).format(names),
  };
}
