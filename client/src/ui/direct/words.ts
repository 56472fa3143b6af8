import { useTranslation } from 'react-i18next';
import { ApiError } from '../../protocol/api_error';
import type { Trouble, Way } from '../../protocol/direct';
import { straight } from '../texts/en_direct';
import { errors } from '../texts/en_errors';
import { transfers } from '../texts/en_transfers';
import { useErrorWords } from '../texts/error_words';

type OfMachine = Exclude<keyof typeof transfers.why, 'other'>;

const isOurs = (code: string): code is keyof typeof straight.why =>
  Object.hasOwn(straight.why, code);
const isOfTaking = (code: string): code is keyof typeof straight.whyTaken =>
  Object.hasOwn(straight.whyTaken, code);
const isOfMachine = (code: string): code is OfMachine =>
  code !== 'other' && Object.hasOwn(transfers.why, code);

/** What happened and what to do, whoever said so: this page, the machine or the server. */
export function useTroubleWords(): (trouble: Trouble, way: Way) => string {
  const { t } = useTranslation();
  const server = useErrorWords();
  return ({ code, detail }, way) => {
    if (way === 'in' && isOfTaking(code)) return t(`straight.whyTaken.${code}`);
    if (isOurs(code)) return t(`straight.why.${code}`);
    if (isOfMachine(code)) return t(`transfers.why.${code}`);
    if (!Object.hasOwn(errors, code)) return t('transfers.why.other', { code });
    const { cause, next } = server(new ApiError(code, { message: detail }));
    return `${cause} ${next}`;
  };
}

/** "0.6", "12": as exact as it means something. */
export function useMilliseconds(): (milliseconds: number) => string {
  const { i18n } = useTranslation();
  return (milliseconds) =>
    new Intl.NumberFormat(i18n.language, {
      maximumFractionDigits: milliseconds < 10 ? 1 : 0,
    }).format(milliseconds);
}
