import { memo, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { partsOf } from '../../model/rich_text';
import type { Pending } from '../../model/timeline';
import { sameRow, type Row } from '../../model/timeline_rows';
import { useStore, useWorkspace } from '../context';
import { Avatar } from '../kit/Avatar';
import { Button } from '../kit/Button';
import { CopyButton } from '../kit/CopyButton';
import { useErrorWords } from '../texts/error_words';
import { useTimes } from '../texts/time';
import { Parts } from './Words';
import styles from './timeline.module.css';

interface Props {
  readonly row: Row;
  readonly roomId: string;
}

function RowContent({ row, roomId }: Props) {
  const { t } = useTranslation();
  const times = useTimes();
  const { user } = useWorkspace();
  switch (row.kind) {
    case 'day':
      return (
        <div className={styles.day} role="separator">
          <span>{times.day(row.at)}</span>
        </div>
      );
    case 'unread':
      return (
        <div className={`${styles.day} ${styles.unread}`} role="separator">
          <span>{t('chat.newMessages')}</span>
        </div>
      );
    case 'message':
      return (
        <Line author={row.message.username} at={row.at} own={row.own} head={row.head}>
          <Words text={row.message.text} />
          <CopyMessage text={row.message.text} />
        </Line>
      );
    case 'pending':
      return (
        <Line author={user.username} at={row.at} own head={row.head}>
          <Words text={row.pending.text} waiting />
          <SendState pending={row.pending} roomId={roomId} />
        </Line>
      );
  }
}

export const RowView = memo(RowContent, (a, b) => a.roomId === b.roomId && sameRow(a.row, b.row));

interface LineProps {
  readonly author: string;
  readonly at: number;
  readonly own: boolean;
  readonly head: boolean;
  readonly children: ReactNode;
}

function Line({ author, at, own, head, children }: LineProps) {
  const times = useTimes();
  const classes = [styles.row, head && styles.first, own && styles.own].filter(Boolean).join(' ');
  const stamp = new Date(at).toISOString();
  return (
    <article
      className={classes}
      data-row
      tabIndex={-1}
      aria-label={head ? undefined : `${author}, ${times.time(at)}`}
    >
      <div className={styles.side}>
        {head ? (
          <Avatar name={author} />
        ) : (
          <time className={styles.smallTime} dateTime={stamp} aria-hidden>
            {times.time(at)}
          </time>
        )}
      </div>
      <div>
        {head && (
          <p className={styles.by}>
            <span className={styles.author}>{author}</span>
            <time className={styles.time} dateTime={stamp} title={times.full(at)}>
              {times.time(at)}
            </time>
          </p>
        )}
        {children}
      </div>
    </article>
  );
}

function Words({ text, waiting = false }: { readonly text: string; readonly waiting?: boolean }) {
  return (
    <div className={`${styles.text} ${waiting ? styles.waiting : ''}`}>
      <Parts parts={partsOf(text)} />
    </div>
  );
}

function SendState({ pending, roomId }: { readonly pending: Pending; readonly roomId: string }) {
  const { t } = useTranslation();
  const { chat, connection } = useWorkspace();
  const { phase } = useStore(connection.state);
  const words = useErrorWords();
  if (pending.state === 'sending') {
    return (
      <p className={styles.state}>{phase === 'online' ? t('chat.sending') : t('chat.waiting')}</p>
    );
  }
  const why = pending.error ? words(pending.error).cause : '';
  return (
    <div className={styles.state} role="alert">
      <span className={styles.failed}>
        {t('chat.failed')} {why}
      </span>
      <Button
        size="small"
        onClick={() => {
          chat.retry(roomId, pending.client_id);
        }}
      >
        {t('common.retry')}
      </Button>
      <Button
        size="small"
        look="quiet"
        onClick={() => {
          chat.discard(roomId, pending.client_id);
        }}
      >
        {t('chat.discard')}
      </Button>
    </div>
  );
}

/** Appears beside the message under the pointer or the focus; copies it as it was written. */
function CopyMessage({ text }: { readonly text: string }) {
  const { t } = useTranslation();
  return (
    <div className={styles.tools}>
      <CopyButton size="small" look="plain" label={t('chat.copy')} text={text} />
    </div>
  );
}
