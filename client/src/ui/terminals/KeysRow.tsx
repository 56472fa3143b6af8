/** Keys that a phone has not. */
import { ArrowDown, ArrowLeft, ArrowRight, ArrowUp } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Button } from '../kit/Button';
import type { XtermScreen } from './xterm_screen';
import styles from './terminals.module.css';

interface Props {
  readonly screen: XtermScreen;
  /** The next letter is pressed together with Ctrl. */
  readonly control: boolean;
  readonly onControl: (on: boolean) => void;
}

const arrows = [
  ['left', 'D', ArrowLeft],
  ['up', 'A', ArrowUp],
  ['down', 'B', ArrowDown],
  ['right', 'C', ArrowRight],
] as const;

export function KeysRow({ screen, control, onControl }: Props) {
  const { t } = useTranslation();
  const press = (keys: string) => {
    screen.input(keys);
    screen.focus();
  };
  return (
    <div className={styles.keys} role="toolbar" aria-label={t('terminals.keys')}>
      <Button
        size="small"
        onClick={() => {
          press('\x1b');
        }}
      >
        {t('terminals.key.escape')}
      </Button>
      <Button
        size="small"
        onClick={() => {
          press('\t');
        }}
      >
        {t('terminals.key.tab')}
      </Button>
      <Button
        size="small"
        aria-pressed={control}
        look={control ? 'primary' : 'plain'}
        onClick={() => {
          onControl(!control);
          screen.focus();
        }}
      >
        {t('terminals.key.control')}
      </Button>
      {arrows.map(([name, letter, Icon]) => (
        <Button
          key={name}
          size="small"
          aria-label={t(`terminals.key.${name}`)}
          onClick={() => {
            press(`\x1b${screen.modes.applicationCursorKeysMode ? 'O' : '['}${letter}`);
          }}
        >
          <Icon size={16} aria-hidden />
        </Button>
      ))}
    </div>
  );
}
