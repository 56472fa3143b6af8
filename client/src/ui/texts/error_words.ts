/** An error as a person reads it: what happened, and what to do next. */
import { useTranslation } from 'react-i18next';
import type { ApiError } from '../../protocol/api_error';
import { errors } from './en_errors';

type PlainCode = Exclude<keyof typeof errors, 'rate_limited_for' | 'unknown'>;

function isWorded(code: string): code is PlainCode {
  return Object.hasOwn(errors, code) && code !== 'rate_limited_for' && code !== 'unknown';
}

export interface ErrorWords {
  readonly cause: string;
  readonly next: string;
}

export function useErrorWords(): (error: ApiError) => ErrorWords {
  const { t } = useTranslation();
  return (error) => {
    if (error.code === 'rate_limited' && error.retryAfterSeconds !== null) {
      const count = Math.max(1, error.retryAfterSeconds);
      return {
        cause: t('errors.rate_limited_for.cause'),
        next: t('errors.rate_limited_for.next', { count }),
      };
    }
    if (!isWorded(error.code)) {
      const message = error.message === '' ? error.code : error.message;
      return { cause: t('errors.unknown.cause', { message }), next: t('errors.unknown.next') };
    }
    return { cause: t(`errors.${error.code}.cause`), next: t(`errors.${error.code}.next`) };
  };
}
