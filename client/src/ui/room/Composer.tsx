import { SendHorizontal } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { utf8Bytes } from '../../model/bytes';
import type { Room } from '../../protocol/shapes';
import { useStore, useWorkspace } from '../context';
import { IconButton } from '../kit/Button';
import { useTimes } from '../texts/time';
import styles from './timeline.module.css';

/** Where one writes. What was begun stays when one looks at another room. */
export function Composer({ room }: { readonly room: Room }) {
  const { t } = useTranslation();
  const { chat, typing, limits, drafts } = useWorkspace();
  const { chat_text_bytes: most } = useStore(limits);
  const [text, setText] = useState(() => drafts.of(room.id));
  const input = useRef<HTMLTextAreaElement>(null);
  const left = most - utf8Bytes(text);
  const ready = text.trim() !== '' && left >= 0;

  useEffect(() => {
    // On a touch screen the keyboard would cover the conversation that one came to read.
    if (matchMedia('(pointer: fine)').matches) input.current?.focus();
  }, []);

  const write = (next: string) => {
    setText(next);
    drafts.write(room.id, next);
  };
  const send = () => {
    if (!ready) return;
    chat.send(room.id, text.trim());
    typing.sent(room.id);
    write('');
    input.current?.focus();
  };

  return (
    <>
      <WhoWrites roomId={room.id} />
      <form
        className={styles.composer}
        onSubmit={(event) => {
          event.preventDefault();
          send();
        }}
      >
        <div className={styles.box}>
          <textarea
            ref={input}
            data-key="write"
            rows={1}
            className={styles.input}
            aria-label={t('chat.write', { room: room.name })}
            placeholder={t('chat.write', { room: room.name })}
            value={text}
            onChange={(event) => {
              write(event.target.value);
              if (event.target.value.trim() !== '') typing.writing(room.id);
            }}
            onKeyDown={(event) => {
              const composing = event.nativeEvent.isComposing;
              if (event.key === 'Enter' && !event.shiftKey && !composing) {
                event.preventDefault();
                send();
              }
              if (event.key === 'Escape') input.current?.blur();
            }}
          />
          <IconButton
            type="submit"
            look={ready ? 'primary' : 'quiet'}
            disabled={!ready}
            label={t('chat.send')}
            icon={<SendHorizontal size={18} />}
          />
        </div>
        <p className={styles.hint} role={left < 0 ? 'alert' : undefined}>
          <span className={styles.keysHint}>{t('chat.hint')}</span>
          {left < 0 && <span className={styles.failed}>{t('chat.tooLong', { count: -left })}</span>}
          {left >= 0 && left < 1_000 && <span>{t('chat.left', { count: left })}</span>}
        </p>
      </form>
    </>
  );
}

/** Always takes its line, so that nothing moves when someone begins to write. */
function WhoWrites({ roomId }: { readonly roomId: string }) {
  const { t } = useTranslation();
  const { typing } = useWorkspace();
  const times = useTimes();
  const names = [...(useStore(typing.state).get(roomId)?.values() ?? [])];
  return (
    <p className={styles.typing} role="status">
      {names.length > 0 && t('chat.typing', { count: names.length, names: times.names(names) })}
    </p>
  );
}
