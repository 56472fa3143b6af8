import { ArrowDown, ArrowUp, X } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { IconButton } from '../kit/Button';
import field from '../kit/field.module.css';
import type { XtermScreen } from './xterm_screen';
import styles from './terminals.module.css';

interface Props {
  readonly screen: XtermScreen;
  readonly finds: { readonly at: number; readonly count: number };
  readonly onClose: () => void;
}

/** Looks for a text on the screen and above it. */
export function FindBar({ screen, finds, onClose }: Props) {
  const { t } = useTranslation();
  const [text, setText] = useState('');
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    input.current?.focus();
  }, []);
  const find = (back: boolean) => {
    if (text !== '') screen.find(text, back);
  };
  const told = finds.count > 0 ? t('terminals.finds', finds) : t('terminals.noFinds');
  return (
    <search
      className={styles.find}
      onKeyDown={(event) => {
        if (event.key === 'Escape') onClose();
        if (event.key === 'Enter' && event.target instanceof HTMLInputElement)
          find(!event.shiftKey);
      }}
    >
      <input
        ref={input}
        className={`${field.input} ${styles.line}`}
        aria-label={t('terminals.findLabel')}
        placeholder={t('terminals.findLabel')}
        value={text}
        onChange={({ currentTarget }) => {
          setText(currentTarget.value);
          if (currentTarget.value === '') screen.stopFinding();
          else screen.find(currentTarget.value, true);
        }}
      />
      <span role="status" className={styles.finds}>
        {text !== '' && told}
      </span>
      <IconButton
        size="small"
        label={t('terminals.findBack')}
        icon={<ArrowUp size={16} />}
        onClick={() => {
          find(true);
        }}
      />
      <IconButton
        size="small"
        label={t('terminals.findNext')}
        icon={<ArrowDown size={16} />}
        onClick={() => {
          find(false);
        }}
      />
      <IconButton
        size="small"
        label={t('terminals.findClose')}
        icon={<X size={16} />}
        onClick={onClose}
      />
    </search>
  );
}
