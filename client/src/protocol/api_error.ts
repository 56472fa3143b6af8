/** Why a request did not succeed, in a form that code can act on and the screen can word. */
import { maybe, object, text } from './shape';

const body = object({ error: object({ code: text, message: text, field: maybe(text) }) });

/** `code`: the server's machine word, or `offline` (no answer) or `bad_answer` (an answer we cannot read). */
export class ApiError extends Error {
  readonly code: string;
  readonly status: number;
  readonly field: string | null;
  /** Seconds after which trying again makes sense, when the server said so. */
  readonly retryAfterSeconds: number | null;

  constructor(
    code: string,
    options: {
      status?: number;
      message?: string;
      field?: string | null;
      retryAfter?: number | null;
    } = {},
  ) {
    super(options.message ?? code);
    this.name = 'ApiError';
    this.code = code;
    this.status = options.status ?? 0;
    this.field = options.field ?? null;
    this.retryAfterSeconds = options.retryAfter ?? null;
  }
}

/** Any thrown thing as an ApiError, so that views need to know one type only. */
export function asApiError(thrown: unknown): ApiError {
  if (thrown instanceof ApiError) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new ApiError('internal', { message });
}

const statusCodes: Readonly<Record<number, string>> = {
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not_found',
  413: 'too_large',
  429: 'rate_limited',
  502: 'offline',
  503: 'busy',
  504: 'offline',
};

/** The error of a response that is not 2xx; a proxy's answer without our JSON is named by its status. */
export function errorOf(status: number, answer: string, retryAfter: string | null): ApiError {
  const seconds = retryAfter !== null && /^\d+$/.test(retryAfter) ? Number(retryAfter) : null;
  try {
    const { error } = body(JSON.parse(answer), '');
    return new ApiError(error.code, {
      status,
      message: error.message,
      field: error.field,
      retryAfter: seconds,
    });
  } catch {
    return new ApiError(statusCodes[status] ?? 'server_error', { status, retryAfter: seconds });
  }
}
