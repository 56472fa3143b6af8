import { asApiError } from '../../protocol/api_error';
import { useWorkspace } from '../context';
import { go } from '../navigation';

/** Opens the conversation of two with a person, which is made when there is none. */
export function useDirect(): (username: string) => Promise<void> {
  const workspace = useWorkspace();
  return async (username) => {
    try {
      const { room } = await workspace.rest.direct(username);
      workspace.keepRoom(room);
      go({ page: 'room', roomId: room.id });
    } catch (thrown) {
      workspace.notices.failed(asApiError(thrown));
    }
  };
}
