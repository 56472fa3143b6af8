/** Base64url without padding (RFC 4648, section 5): the text form of bytes on the wire. */
const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

export function toBase64url(bytes: Uint8Array): string {
  let out = '';
  for (let at = 0; at < bytes.length; at += 3) {
    const left = bytes.length - at;
    const bits = ((bytes[at] ?? 0) << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0);
    for (let sextet = 0; sextet <= Math.min(left, 3); sextet++) {
      out += letters.charAt((bits >> (18 - 6 * sextet)) & 63);
    }
  }
  return out;
}
