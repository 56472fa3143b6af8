/** Errors by code: what happened, and what to do about it. */
export const errors = {
  offline: {
    cause: 'The server does not answer.',
    next: 'Check that it runs and that you are connected, then try again.',
  },
  bad_answer: {
    cause: 'The server answered in a way this page does not understand.',
    next: 'Reload the page: it may be older than the server.',
  },
  internal: {
    cause: 'Something failed that should not.',
    next: 'Try again; if it stays, look at the server’s log.',
  },
  server_error: {
    cause: 'The server failed to answer.',
    next: 'Try again in a moment; its log says why.',
  },
  timed_out: { cause: 'The server took too long.', next: 'Try again.' },
  invalid_credentials: {
    cause: 'Username and password do not match.',
    next: 'Check both and try again.',
  },
  wrong_password: { cause: 'The current password is not right.', next: 'Type it again.' },
  setup_link: {
    cause: 'This set-up link is not valid.',
    next: 'Use the newest link that the server printed.',
  },
  unauthorized: { cause: 'You are not signed in.', next: 'Sign in again.' },
  token_expired: { cause: 'Your login has expired.', next: 'Sign in again.' },
  forbidden: {
    cause: 'You may not do this.',
    next: 'Ask an owner of the room.',
  },
  invitation_required: {
    cause: 'This server takes new people by invitation.',
    next: 'Open the link that you were sent, or ask someone here for one.',
  },
  invitation_invalid: {
    cause: 'The invitation was used, has ended or does not exist.',
    next: 'Ask the person who invited you for a new link.',
  },
  username_taken: { cause: 'That username is taken.', next: 'Choose another one.' },
  password_too_short: { cause: 'The password is too short.', next: 'Use 8 characters or more.' },
  field_missing: { cause: 'Something is missing.', next: 'Fill in every field.' },
  field_invalid: { cause: 'This cannot be used.', next: 'See the hint and change it.' },
  field_type: { cause: 'This cannot be used.', next: 'Change it and try again.' },
  field_too_long: { cause: 'This is too long.', next: 'Shorten it.' },
  field_too_short: { cause: 'This is too short.', next: 'Make it longer.' },
  too_large: { cause: 'This is too large.', next: 'Shorten it or send it in parts.' },
  relay_off: {
    cause: 'The server passes no connections on.',
    next: 'Ask its administrator, or use a network on which this page reaches the machine.',
  },
  relay_quota: {
    cause: 'The server has passed on as much for you today as it may.',
    next: 'Wait until tomorrow (UTC), or use a network on which this page reaches the machine.',
  },
  rate_limited: { cause: 'Too many tries.', next: 'Wait a moment, then try again.' },
  rate_limited_for: {
    cause: 'Too many tries.',
    next_one: 'Try again in {{count}} second.',
    next_other: 'Try again in {{count}} seconds.',
  },
  busy: { cause: 'Busy just now.', next: 'Try again in a moment.' },
  conflict: {
    cause: 'Someone changed this at the same time.',
    next: 'Look again, then repeat it.',
  },
  not_found: { cause: 'This does not exist any more.', next: 'Go back and look again.' },
  last_owner: {
    cause: 'You are the only owner of a room with others in it.',
    next: 'Make someone else an owner, or delete the room.',
  },
  already_member: { cause: 'You are in this room already.', next: 'Open it in your list.' },
  not_member: { cause: 'You are not in this room.', next: 'Ask for an invitation.' },
  room_full: { cause: 'The room is full.', next: 'Someone has to leave first.' },
  room_locked: {
    cause: 'The room is locked: nobody can enter it now.',
    next: 'Ask an owner to unlock it.',
  },
  direct_room: {
    cause: 'A conversation of two stays between these two.',
    next: 'Make a room for more people.',
  },
  setup_done: { cause: 'This server was set up already.', next: 'Sign in.' },
  expired_code: {
    cause: 'The code is wrong or has expired.',
    next: 'Start again on the machine: it shows a new code.',
  },
  access_denied: { cause: 'The request was refused.', next: 'Start again on the machine.' },
  device_taken: {
    cause: 'This device belongs to someone else.',
    next: 'Choose another name for the machine.',
  },
  device_revoked: { cause: 'This device was revoked.', next: 'Sign in again.' },
  device_proof_invalid: {
    cause: 'This browser could not prove its key.',
    next: 'Reload the page; chat works without it.',
  },
  origin_refused: {
    cause: 'The server refuses requests from this address.',
    next: 'Open Mesh at the address that the server printed.',
  },
  capability_denied: { cause: 'Your role does not allow this.', next: 'Ask an owner of the room.' },
  unknown: { cause: 'The server refused: {{message}}', next: 'Change it or try again.' },
};
