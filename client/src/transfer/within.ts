/** Every wait has an end. */
import type { Clock } from '../protocol/ports';

export async function within<T>(
  clock: Clock,
  milliseconds: number,
  work: Promise<T>,
  late: () => Error,
): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const cancel = clock.after(milliseconds, () => {
    reject(late());
  });
  try {
    return await Promise.race([work, promise]);
  } finally {
    cancel();
  }
}
