/** The browser's notifications; a click leads to what they are about. */
import i18next from 'i18next';
import type { Alert, AlertPort } from '../model/alerts';
import { formatRoute } from '../model/route';

const supported = () => 'Notification' in window;

/** What is written, where a click leads, and the tag under which a newer one takes its place. */
function drawn(alert: Alert) {
  if (alert.kind === 'message') {
    const { title, body, roomId } = alert;
    return { title, body, tag: roomId, hash: formatRoute({ page: 'room', roomId }) };
  }
  const { person, name, machine, key } = alert;
  if (alert.kind === 'keyboard')
    return {
      title: i18next.t('terminals.alert.title', { person }),
      body: i18next.t('terminals.alert.body', { name, machine }),
      tag: key,
      hash: formatRoute({ page: 'terminals' }),
    };
  return {
    title: i18next.t('transfers.alert.title', { person }),
    body: i18next.t('transfers.alert.body', { name, machine }),
    tag: key,
    hash: formatRoute({ page: 'transfers' }),
  };
}

export const alerts: AlertPort = {
  permission: () => (supported() ? Notification.permission : 'unsupported'),
  ask: () => (supported() ? Notification.requestPermission() : Promise.resolve('denied')),
  show: (alert) => {
    const { title, body, tag, hash } = drawn(alert);
    try {
      const shown = new Notification(title, { body, tag, icon: './mesh.svg' });
      shown.onclick = () => {
        window.focus();
        location.hash = hash;
        shown.close();
      };
    } catch {
      // Some phones show notifications to installed pages only.
    }
  },
};
