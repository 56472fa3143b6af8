/** The exact texts that a device key signs; the first line keeps a signature from being used elsewhere. */

/** Proof of possession of a new device's key, over a nonce that the server made. */
export function devicePossession(nonce: string, userId: string, deviceId: string): string {
  return `mesh-device/1\n${nonce}\n${userId}\n${deviceId}`;
}
