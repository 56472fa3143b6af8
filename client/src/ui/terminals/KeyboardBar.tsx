/** Whose keyboard it is, and how one comes to it: said clearly, because keys run programs on somebody's machine. */
import { Eye, Hourglass, Keyboard as KeyboardIcon } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { Terminal } from '../../model/terminal';
import { useStore } from '../context';
import { Button } from '../kit/Button';
import { useNow } from './now';
import { useKeyboardWords } from './words';
import styles from './terminals.module.css';

export function KeyboardBar({ terminal }: { readonly terminal: Terminal }) {
  const { t } = useTranslation();
  const words = useKeyboardWords();
  const { report, keyboard } = useStore(terminal.state);
  const { machine } = terminal.place;
  const mine = keyboard.state === 'mine';
  const other = mine ? null : report.controller;
  const open = report.phase === 'open';
  const why = words(keyboard);
  return (
    <div className={styles.keyboard} data-mine={mine || undefined}>
      <div className={styles.badge} role="status">
        {mine ? <KeyboardIcon size={17} aria-hidden /> : <Eye size={17} aria-hidden />}
        <strong>
          {mine && t('terminals.badge.mine')}
          {!mine && other !== null && t('terminals.badge.types', { name: other })}
          {!mine && other === null && t('terminals.badge.view')}
        </strong>
        <span className={styles.badgeText}>
          {mine && t('terminals.badge.mineText', { machine })}
          {!mine && why !== '' && why}
          {!mine && why === '' && keyboard.state === 'asking' && t('terminals.asking')}
          {!mine &&
            why === '' &&
            keyboard.state === 'none' &&
            t(other === null ? 'terminals.badge.viewText' : 'terminals.badge.typesText')}
        </span>
      </div>
      {mine && keyboard.until !== null && <Left until={keyboard.until} />}
      {mine && (
        <Button
          size="small"
          onClick={() => {
            terminal.giveBack();
          }}
        >
          {t('terminals.giveBack')}
        </Button>
      )}
      {keyboard.state === 'asking' && <Hourglass size={17} aria-hidden />}
      {!mine && keyboard.state !== 'asking' && open && report.mayControl && (
        <Button
          size="small"
          look="primary"
          onClick={() => {
            terminal.ask();
          }}
        >
          <KeyboardIcon size={16} aria-hidden />
          {t(keyboard.state === 'none' ? 'terminals.ask' : 'terminals.askAgain')}
        </Button>
      )}
      {open && !report.mayControl && (
        <span className={styles.badgeText}>{t('terminals.mayNot')}</span>
      )}
    </div>
  );
}

/** "4:32". */
function Left({ until }: { readonly until: number }) {
  const { t } = useTranslation();
  const seconds = Math.max(0, Math.round((until - useNow()) / 1000));
  const time = `${String(Math.floor(seconds / 60))}:${String(seconds % 60).padStart(2, '0')}`;
  return (
    <span className={styles.left} role="timer">
      {t('terminals.badge.left', { time })}
    </span>
  );
}
