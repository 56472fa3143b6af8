/** Why something between this page and a machine did not work, in a form that the screen can word. */

/**
 * `no_direct`: the machine does not let browsers in. `no_webtransport`: this browser reaches no machine by itself. `permission_denied`: the browser forbids local addresses.
 * `unreachable`: no address answered with a certificate of the machine. `unsigned`: nobody vouches for its certificates.
 * `key_changed`: another key than last time does. `connection_lost`, `hash_mismatch`, `file_changed`, `timed_out`,
 * `canceled`: as an agent says it. `relay_tampered`: what came through the relay is not what the machine sent.
 * `path_changed`: a better connection takes the place of this one. `bad_answer`: the machine says what we do not understand. Words of the server and of
 * the machine stand for themselves.
 */
export class DirectError extends Error {
  readonly code: string;

  constructor(code: string, detail = code) {
    super(detail);
    this.name = 'DirectError';
    this.code = code;
  }

  /** The machine itself is as it should be, only not to be reached from here. */
  get relayMayHelp(): boolean {
    return ['unreachable', 'permission_denied', 'no_direct', 'no_webtransport'].includes(this.code);
  }

  /** Trying again may help without anybody doing anything. */
  get passing(): boolean {
    return passing.has(this.code);
  }
}

const passing = new Set([
  'connection_lost',
  'unreachable',
  'offline',
  'peer_offline',
  'session_unknown',
  'token_expired',
  'rate_limited',
  'busy',
  'stalled',
]);

export function asDirectError(thrown: unknown, otherwise = 'connection_lost'): DirectError {
  if (thrown instanceof DirectError) return thrown;
  return new DirectError(otherwise, thrown instanceof Error ? thrown.message : String(thrown));
}
