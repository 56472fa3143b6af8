/** Sizes, speeds and durations as people of each language write them. */
import { useTranslation } from 'react-i18next';

const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const;

/** "3.2 MB", "3,2 Mo"; of 1024 each, so that the command line says the same. */
export function bytes(language: string, count: number): string {
  let left = count;
  let at = 0;
  while (left >= 1023.5 && at < units.length - 1) {
    left /= 1024;
    at += 1;
  }
  return new Intl.NumberFormat(language, {
    style: 'unit',
    unit: units[at] ?? 'byte',
    unitDisplay: at === 0 ? 'long' : 'short',
    maximumFractionDigits: at === 0 || left >= 100 ? 0 : 1,
  }).format(left);
}

/** "20 ms", "2.4 s", "3 min 20 s", "2 h 5 min": the same letters in both languages. */
export function duration(language: string, seconds: number): string {
  const whole = Math.round(seconds);
  const say = (count: number, unit: string) =>
    `${new Intl.NumberFormat(language, { maximumFractionDigits: 1 }).format(count)}\u00a0${unit}`;
  if (seconds > 0 && seconds < 0.0995) return say(Math.ceil(seconds * 1_000), 'ms');
  if (seconds < 9.95) return say(seconds, 's');
  if (whole < 60) return say(whole, 's');
  if (whole < 3_600) return `${say(Math.floor(whole / 60), 'min')} ${say(whole % 60, 's')}`;
  return `${say(Math.floor(whole / 3_600), 'h')} ${say(Math.floor((whole % 3_600) / 60), 'min')}`;
}

export function useAmounts() {
  const { i18n, t } = useTranslation();
  const { language } = i18n;
  return {
    bytes: (count: number) => bytes(language, count),
    speed: (perSecond: number) => t('transfers.perSecond', { amount: bytes(language, perSecond) }),
    duration: (seconds: number) => duration(language, seconds),
    percent: (part: number) =>
      new Intl.NumberFormat(language, { style: 'percent' }).format(Math.floor(part * 100) / 100),
  };
}
