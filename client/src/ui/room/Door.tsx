/** Guests who ask to come in stand above the conversation until somebody answers. */
import { DoorOpen } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { asApiError } from '../../protocol/api_error';
import type { Room } from '../../protocol/shapes';
import { useAction, useWorkspace } from '../context';
import { Button } from '../kit/Button';
import styles from './room.module.css';

export function Door({ room }: { readonly room: Room }) {
  const { t } = useTranslation();
  const guests = room.waiting ?? [];
  return (
    <div role="region" aria-label={t('guest.door')} aria-live="polite" className={styles.door}>
      {guests.map((guest) => (
        <Guest key={guest.user_id} room={room} userId={guest.user_id} name={guest.username} />
      ))}
    </div>
  );
}

interface GuestProps {
  readonly room: Room;
  readonly userId: string;
  readonly name: string;
}

function Guest({ room, userId, name }: GuestProps) {
  const { t } = useTranslation();
  const workspace = useWorkspace();
  const answer = useAction(async (welcome: boolean) => {
    try {
      if (welcome) workspace.keepRoom((await workspace.rest.letIn(room.id, userId)).room);
      else await workspace.rest.turnAway(room.id, userId);
    } catch (thrown) {
      workspace.notices.failed(asApiError(thrown));
    }
  });
  return (
    <div className={styles.knock}>
      <DoorOpen size={18} aria-hidden />
      <span className={styles.knockText}>{t('guest.knocks', { name })}</span>
      <Button
        size="small"
        look="primary"
        busy={answer.busy}
        aria-label={t('guest.letInLabel', { name })}
        onClick={() => void answer.run(true)}
      >
        {t('guest.letIn')}
      </Button>
      <Button
        size="small"
        busy={answer.busy}
        aria-label={t('guest.turnAwayLabel', { name })}
        onClick={() => void answer.run(false)}
      >
        {t('guest.turnAway')}
      </Button>
    </div>
  );
}
