/** What one may do with the screen itself. */
import {
  Accessibility,
  AArrowDown,
  AArrowUp,
  Copy,
  Maximize2,
  Scaling,
  Search,
} from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { fontPixels } from '../../model/terminals';
import { useStore, useWorkspace } from '../context';
import { IconButton } from '../kit/Button';
import type { XtermScreen } from './xterm_screen';
import styles from './terminals.module.css';

interface Props {
  readonly screen: XtermScreen | null;
  readonly onFind: () => void;
  /** Absent where there is nobody to ask. */
  readonly onAskSize: (() => void) | undefined;
}

export function Tools({ screen, onFind, onAskSize }: Props) {
  const { t } = useTranslation();
  const { terminals } = useWorkspace();
  const look = useStore(terminals.look);
  const [copied, setCopied] = useState(false);
  const change = (by: number) => {
    const from = look.fit ? Math.round(screen?.fontSize ?? look.fontPixels) : look.fontPixels;
    const pixels = Math.min(fontPixels.most, Math.max(fontPixels.least, from + by));
    terminals.setLook({ fit: false, fontPixels: pixels });
  };
  return (
    <div className={styles.tools} role="toolbar" aria-label={t('terminals.tools')}>
      <IconButton
        size="small"
        label={t('terminals.smaller')}
        icon={<AArrowDown size={17} />}
        onClick={() => {
          change(-1);
        }}
      />
      <IconButton
        size="small"
        label={t('terminals.larger')}
        icon={<AArrowUp size={17} />}
        onClick={() => {
          change(1);
        }}
      />
      <IconButton
        size="small"
        label={t('terminals.fit')}
        icon={<Maximize2 size={16} />}
        aria-pressed={look.fit}
        onClick={() => {
          terminals.setLook({ fit: !look.fit });
        }}
      />
      {onAskSize && (
        <IconButton
          size="small"
          label={t('terminals.askSize')}
          icon={<Scaling size={16} />}
          onClick={onAskSize}
        />
      )}
      <IconButton
        size="small"
        label={t('terminals.find')}
        icon={<Search size={16} />}
        onClick={onFind}
      />
      <IconButton
        size="small"
        label={t(copied ? 'terminals.copied' : 'terminals.copy')}
        icon={<Copy size={16} />}
        onClick={() => {
          void navigator.clipboard.writeText(screen?.text ?? '').then(() => {
            setCopied(true);
          });
        }}
        onBlur={() => {
          setCopied(false);
        }}
      />
      <IconButton
        size="small"
        label={t('terminals.screenReader')}
        icon={<Accessibility size={17} />}
        aria-pressed={look.screenReader}
        onClick={() => {
          terminals.setLook({ screenReader: !look.screenReader });
        }}
      />
    </div>
  );
}
