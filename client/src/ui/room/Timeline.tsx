import { ArrowDown, MessageCircle } from 'lucide-react';
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { isDirect } from '../../model/rooms';
import { rowsOf } from '../../model/timeline_rows';
import type { Room } from '../../protocol/shapes';
import { useStore, useWorkspace } from '../context';
import { Button, IconButton } from '../kit/Button';
import { ErrorNote } from '../kit/ErrorNote';
import { Empty, Skeleton } from '../kit/Parts';
import { onListKey } from '../shell/list_keys';
import { RowView } from './RowView';
import styles from './timeline.module.css';

const nearEndPixels = 80;

/** The conversation: stays at the newest message while one is there, and still while older ones are put above. */
export function Timeline({ room }: { readonly room: Room }) {
  const { t } = useTranslation();
  const { chat, user } = useWorkspace();
  const timeline = useStore(chat.timeline(room.id));
  const rows = useMemo(() => rowsOf(timeline, user.id), [timeline, user.id]);
  const scroll = useRef<HTMLDivElement>(null);
  const seen = useRef({ first: '', height: 0, atEnd: true });
  const [atEnd, setAtEnd] = useState(true);
  const first = timeline.messages[0]?.id ?? '';

  useLayoutEffect(() => {
    const box = scroll.current;
    if (!box) return;
    const before = seen.current;
    if (before.atEnd) box.scrollTop = box.scrollHeight;
    else if (first !== before.first) box.scrollTop += box.scrollHeight - before.height;
    seen.current = { ...before, first, height: box.scrollHeight };
  }, [rows, first]);

  useEffect(() => {
    const box = scroll.current;
    if (!box) return;
    // Fonts, a phone's keyboard or a growing composer change the height without a new row.
    const observer = new ResizeObserver(() => {
      if (seen.current.atEnd) box.scrollTop = box.scrollHeight;
      seen.current.height = box.scrollHeight;
    });
    observer.observe(box);
    if (box.firstElementChild) observer.observe(box.firstElementChild);
    return () => {
      observer.disconnect();
    };
  }, []);

  const onScroll = () => {
    const box = scroll.current;
    if (!box) return;
    const end = box.scrollHeight - box.scrollTop - box.clientHeight < nearEndPixels;
    seen.current.atEnd = end;
    setAtEnd(end);
    if (box.scrollTop < box.clientHeight && timeline.older === 'more') void chat.older(room.id);
  };

  const empty = timeline.status === 'ready' && rows.length === 0;
  return (
    <div className={styles.wrap}>
      <div
        ref={scroll}
        className={styles.scroll}
        role="log"
        aria-label={t('chat.label', { room: room.name })}
        tabIndex={0}
        onScroll={onScroll}
        onKeyDown={onListKey}
      >
        <div className={styles.inner}>
          {timeline.status === 'loading' && rows.length === 0 && (
            <div className={styles.skeleton}>
              <Skeleton rows={6} />
            </div>
          )}
          {timeline.status === 'failed' && timeline.error && (
            <div className={styles.skeleton}>
              <ErrorNote
                error={timeline.error}
                onRetry={() => void chat.open(room.id, timeline.unreadAfter)}
              />
            </div>
          )}
          {empty && (
            <Empty
              icon={<MessageCircle size={26} />}
              title={t('chat.emptyTitle')}
              text={
                isDirect(room)
                  ? t('direct.emptyText', { room: room.name })
                  : `${t('chat.emptyText', { room: room.name })}${
                      room.members.length === 1 ? ` ${t('chat.alone')}` : ''
                    }`
              }
            />
          )}
          {rows.length > 0 && (
            <>
              <div className={styles.filler} />
              <Top room={room} />
            </>
          )}
          {rows.map((row) => (
            <RowView key={row.key} row={row} roomId={room.id} />
          ))}
        </div>
      </div>
      {!atEnd && (
        <IconButton
          className={styles.down}
          look="plain"
          label={t('chat.toNewest')}
          icon={<ArrowDown size={18} />}
          onClick={() => {
            const box = scroll.current;
            if (box) box.scrollTo({ top: box.scrollHeight, behavior: 'smooth' });
          }}
        />
      )}
    </div>
  );
}

function Top({ room }: { readonly room: Room }) {
  const { t } = useTranslation();
  const { chat } = useWorkspace();
  const { older, status } = useStore(chat.timeline(room.id));
  if (status !== 'ready') return null;
  if (older === 'none')
    return (
      <p className={styles.top}>
        {t(isDirect(room) ? 'direct.beginning' : 'chat.beginning', { room: room.name })}
      </p>
    );
  if (older !== 'failed') return <p className={styles.top}>{t('chat.olderLoading')}</p>;
  return (
    <p className={styles.top} role="alert">
      {t('chat.olderFailed')}
      <Button size="small" className={styles.topButton} onClick={() => void chat.older(room.id)}>
        {t('common.retry')}
      </Button>
    </p>
  );
}
