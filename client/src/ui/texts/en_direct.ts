/** The English words about what goes straight from this page to a machine. */
export const straight = {
  send: 'Send files',
  sendTo: 'Send files to {{name}}',
  sendFolder: 'Send a folder',
  sendFolderTo: 'Send a folder to {{name}}',
  drop: 'Drop files or folders here to send them to {{name}}',
  get: 'Get a file',
  getFrom: 'Get a file from {{name}}',
  pathLabel: 'Path on the machine',
  pathHint: 'For example /home/ana/report.pdf',
  pathWrong: 'The path of a file begins with / and does not end with it.',
  allow: 'On {{name}} a folder must be open to this browser first:',
  allowLabel: 'Command for the machine',
  offers: 'For this browser',
  offeredBy: 'offered by {{machine}}',
  save: 'Save',
  saveOf: 'Save {{name}}',
  saveAs: 'Save as…',
  saveAsOf: 'Save as…: {{name}}',
  taken: { done: 'Saved', failed: 'Not saved' },
  offline: '{{name}} is not connected',
  check: 'Check the direct connection to {{name}}',
  label: 'Files from this page to {{name}}',
  path: { direct: 'direct', relayed: 'relayed' },
  pathTime: { direct: 'direct · {{time}} ms', relayed: 'relayed · {{time}} ms' },
  checking: 'Connecting to {{name}}…',
  asksYou:
    'Your browser may be asking whether this page may reach your network. Allow it to go on.',
  checked: 'Direct connection to {{address}}. Round trip {{time}} ms.',
  checkedRelayed:
    'No direct way: through the server, which cannot read it. Round trip {{time}} ms.',
  trust: 'Trust the new key',
  relayed:
    'This browser cannot reach machines by itself (WebTransport is missing): files and terminals go through the server, which cannot read them. A current Chrome, Edge, Firefox or Safari goes straight, and faster.',
  unsupported:
    'This browser keeps no key of its own (IndexedDB is missing), so that it cannot reach machines. Use a current Chrome, Edge, Firefox or Safari, or mesh-agent.',
  insecure:
    'This page came without encryption, so the browser does not let it reach machines. Open it over https, or on localhost.',
  leave: 'Keep this page open until it is done.',
  state: {
    queued: 'Next in line',
    connecting: 'Connecting',
    permission: 'Waits for your browser',
    waiting: 'Waits for the machine’s answer',
    comparing: 'Looks at what is there already',
    running: 'Under way',
    paused: 'Paused',
    retrying: 'Tries again {{when}}',
    done: 'Arrived',
    failed: 'Not sent',
  },
  wish: {
    pause: 'Pause',
    resume: 'Resume',
    cancel: 'Cancel',
    retry: 'Try again',
    dismiss: 'Dismiss',
  },
  wishOf: {
    pause: 'Pause {{name}}',
    resume: 'Resume {{name}}',
    cancel: 'Cancel {{name}}',
    retry: 'Try again: {{name}}',
    dismiss: 'Dismiss {{name}}',
  },
  verified: 'BLAKE3 is the same on both sides',
  why: {
    no_direct: 'This machine does not let browsers in. Update mesh-agent on it and start it again.',
    no_webtransport:
      'This browser cannot reach machines by itself (WebTransport is missing), and the server passes nothing on. Use a current Chrome, Edge, Firefox or Safari, or mesh-agent.',
    permission_denied:
      'The browser does not let this page reach your network. Allow “local network” for this page in the browser’s site settings, then try again.',
    unreachable:
      'The machine could not be reached from here. Both must be on one network or VPN, with UDP open to the port of mesh-agent; a proxy or a policy of your organisation can block it too.',
    unsigned:
      'Nobody vouches for the certificate of this machine. Start mesh-agent on it again; if this stays, the server tells something wrong.',
    key_changed:
      'This machine has another key than last time. If you set it up again, trust the new key. If not, somebody may be in between: compare the fingerprint with mesh-agent devices on the machine.',
    relay_tampered:
      'Somebody between here and the machine changed what was sent. Nothing was taken over. Ask whoever runs the server, or use a network on which the page reaches the machine.',
    bad_answer:
      'The machine says something that this page does not understand. Reload the page and update mesh-agent.',
    initiator_device_required: 'This browser has no key of its own yet. Sign out and in again.',
  },
  /** Of what comes into this browser. */
  whyTaken: {
    no_download:
      'The browser did not begin the download. A private window may forbid it: use an ordinary one, or “Save as…”.',
    get_refused:
      'The machine gives this browser nothing under that path, or offers it no more. Open the folder on the machine with the command that “Get a file” shows.',
    disk_full: 'There is no room left here. Make some, then try again.',
    write_failed: 'The browser could not write the file. Choose another place, then try again.',
    file_changed:
      'The file changed on its machine while it came. Start again: what came so far is of no use.',
    stalled: 'Nothing moved for too long. It goes on by itself when the machine answers again.',
  },
};
