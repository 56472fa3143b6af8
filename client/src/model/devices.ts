/** One's own machines and browsers: list, rename, revoke with time to think, and letting a new one in. */
import { asApiError } from '../protocol/api_error';
import type { Clock } from '../protocol/ports';
import type { Rest } from '../protocol/rest';
import type { ServerEvent } from '../protocol/event';
import type { Device, LostDevice } from '../protocol/shapes';
import type { Notices } from './notices';
import { Resource } from './resource';
import { UndoQueue } from './undo';

const undoMilliseconds = 6_000;

export class DevicesModel {
  readonly list: Resource<readonly Device[]>;
  readonly revoking: UndoQueue;
  readonly #rest: Rest;
  readonly #notices: Notices;
  readonly #reported = new Set<string>();

  constructor(rest: Rest, clock: Clock, notices: Notices) {
    this.#rest = rest;
    this.#notices = notices;
    this.revoking = new UndoQueue(clock, undoMilliseconds);
    this.list = new Resource(async () => (await rest.devices()).devices.filter((it) => it.own));
  }

  /** Shown at once; taken back when the server refuses. */
  async rename(deviceId: string, name: string): Promise<void> {
    const before = this.list.state.get().value?.find((it) => it.device_id === deviceId)?.name;
    this.#put(deviceId, (device) => ({ ...device, name }));
    try {
      const { device } = await this.#rest.renameDevice(deviceId, name);
      this.#put(deviceId, () => device);
    } catch (thrown) {
      if (before !== undefined) this.#put(deviceId, (device) => ({ ...device, name: before }));
      this.#notices.failed(asApiError(thrown));
    }
  }

  revoke(deviceId: string): void {
    this.revoking.plan(deviceId, (leaving) => void this.#revokeNow(deviceId, leaving));
  }

  /** Cuts a lost device off and answers what it could read. It stays in the list until forget(), so that the answer
   * can be read where it was asked for. Rejects with ApiError. */
  async lost(deviceId: string): Promise<LostDevice> {
    this.#reported.add(deviceId);
    try {
      return await this.#rest.lostDevice(deviceId);
    } catch (thrown) {
      this.#reported.delete(deviceId);
      throw thrown;
    }
  }

  forget(deviceId: string): void {
    this.#reported.delete(deviceId);
    this.#drop(deviceId);
  }

  received(event: ServerEvent): void {
    if (event.type === 'device.revoked' && !this.#reported.has(event.payload.device_id))
      this.#drop(event.payload.device_id);
    if (event.type === 'presence.changed' && event.payload.device_id !== null) {
      const { device_id, online } = event.payload;
      this.#put(device_id, (device) => ({ ...device, online }));
    }
    if (event.type === 'device.changed' && event.payload.device.own) {
      const { device } = event.payload;
      this.list.change((devices) =>
        devices.some((it) => it.device_id === device.device_id)
          ? devices.map((it) => (it.device_id === device.device_id ? device : it))
          : [...devices, device],
      );
    }
  }

  async #revokeNow(deviceId: string, leaving: boolean): Promise<void> {
    try {
      await this.#rest.revokeDevice(deviceId, leaving);
      this.#drop(deviceId);
    } catch (thrown) {
      const error = asApiError(thrown);
      if (error.code === 'not_found') this.#drop(deviceId);
      else this.#notices.failed(error);
    }
  }

  #drop(deviceId: string): void {
    this.list.change((devices) => devices.filter((it) => it.device_id !== deviceId));
  }

  #put(deviceId: string, change: (device: Device) => Device): void {
    this.list.change((devices) =>
      devices.map((it) => (it.device_id === deviceId ? change(it) : it)),
    );
  }
}

/** "abcdefgh", "ABCD EFGH" or "abcd-efgh" as the code is written: "ABCD-EFGH". Null when it cannot be one. */
export function normalizedCode(typed: string): string | null {
  const letters = typed
    .toUpperCase()
    .replaceAll(/[^0-9A-Z]/g, '')
    .replaceAll('O', '0')
    .replaceAll(/[IL]/g, '1');
  if (!/^[0-9A-HJKMNP-TV-Z]{8}$/.test(letters)) return null;
  return `${letters.slice(0, 4)}-${letters.slice(4)}`;
}

/** A fingerprint in groups of four that a person can compare. */
export function groupedFingerprint(hex: string): string[] {
  return hex.match(/.{1,4}/g) ?? [];
}
