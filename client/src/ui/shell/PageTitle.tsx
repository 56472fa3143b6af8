import { unreadCount } from '../../model/unread';
import { useStore, useWorkspace } from '../context';

/** The page's name in the browser's tab, after the number of messages that nobody has read. */
export function PageTitle({ name }: { readonly name: string }) {
  const { rooms, unread } = useWorkspace();
  const read = useStore(unread.state);
  const count = useStore(rooms).rooms.reduce(
    (sum, room) => sum + unreadCount(read, room.id, room.last_seq),
    0,
  );
  return <title>{`${count > 0 ? `(${String(count)}) ` : ''}${name} · Mesh`}</title>;
}
