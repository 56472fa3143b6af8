/** Makes this browser profile one of the person's devices, by proving that it holds its key. */
import { asApiError } from '../protocol/api_error';
import { devicePossession } from '../protocol/proof';
import type { DeviceVault } from '../protocol/ports';
import type { Rest } from '../protocol/rest';

/** Codes that say: this name or key cannot be used any more, make new ones. */
const spent = new Set(['device_taken', 'device_revoked', 'conflict']);

async function prove(rest: Rest, vault: DeviceVault, userId: string): Promise<string> {
  const identity = await vault.open(userId);
  const { nonce } = await rest.challenge();
  const signature = await identity.sign(devicePossession(nonce, userId, identity.device_id));
  const { device_id, name, public_key } = identity;
  await rest.registerDevice({ device_id, name, public_key, nonce, signature });
  return device_id;
}

/** The device id under which this profile is registered. Rejects with ApiError. */
export async function registerBrowser(
  rest: Rest,
  vault: DeviceVault,
  userId: string,
): Promise<string> {
  try {
    return await prove(rest, vault, userId);
  } catch (thrown) {
    if (!spent.has(asApiError(thrown).code)) throw thrown;
    await vault.forget(userId);
    return prove(rest, vault, userId);
  }
}
