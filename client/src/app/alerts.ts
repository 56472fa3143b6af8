/** The browser's notifications; a click leads to the room. */
import type { AlertPort } from '../model/alerts';
import { formatRoute } from '../model/route';

const supported = () => 'Notification' in window;

export const alerts: AlertPort = {
  permission: () => (supported() ? Notification.permission : 'unsupported'),
  ask: () => (supported() ? Notification.requestPermission() : Promise.resolve('denied')),
  show: ({ title, body, roomId }) => {
    try {
      const shown = new Notification(title, { body, tag: roomId, icon: './mesh.svg' });
      shown.onclick = () => {
        window.focus();
        location.hash = formatRoute({ page: 'room', roomId });
        shown.close();
      };
    } catch {
      // Some phones show notifications to installed pages only.
    }
  },
};
