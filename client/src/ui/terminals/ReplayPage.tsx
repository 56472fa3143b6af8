/** A recording from this person's disk, played here. */
import { ArrowLeft, FolderOpen } from 'lucide-react';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import {
  BadRecording,
  lengthOf,
  readRecording,
  recordingBytesMax,
  type Recording,
} from '../../model/recording';
import { formatRoute } from '../../model/route';
import { shownTitle } from '../../model/terminal_input';
import { Button, ButtonLink } from '../kit/Button';
import { PageTitle } from '../shell/PageTitle';
import { useAmounts } from '../texts/amounts';
import { Playback } from './Playback';
import styles from './terminals.module.css';

interface Opened {
  readonly name: string;
  readonly recording: Recording;
}

export function ReplayPage() {
  const { t } = useTranslation();
  const amounts = useAmounts();
  const input = useRef<HTMLInputElement>(null);
  const [opened, setOpened] = useState<Opened | null>(null);
  const [trouble, setTrouble] = useState('');
  const open = async (file: File | undefined) => {
    if (!file) return;
    setTrouble('');
    setOpened(null);
    if (file.size > recordingBytesMax) {
      setTrouble(t('terminals.replay.large', { size: amounts.bytes(recordingBytesMax) }));
      return;
    }
    try {
      const recording = readRecording(await file.text());
      if (lengthOf(recording) === 0) setTrouble(t('terminals.replay.empty'));
      else setOpened({ name: shownTitle(recording.title) || file.name, recording });
    } catch (thrown) {
      const line = thrown instanceof BadRecording ? thrown.line : 1;
      setTrouble(t('terminals.replay.bad', { line }));
    }
  };
  return (
    <div className={styles.page}>
      <PageTitle name={t('terminals.replay.title')} />
      <header className={styles.head}>
        <ButtonLink href={formatRoute({ page: 'terminals' })} look="quiet" size="small">
          <ArrowLeft size={16} aria-hidden />
          {t('terminals.back')}
        </ButtonLink>
        <h1 className={styles.name}>{opened ? opened.name : t('terminals.replay.title')}</h1>
        <input
          ref={input}
          type="file"
          accept=".cast,.json,application/x-asciicast"
          hidden
          onChange={({ currentTarget }) => {
            void open(currentTarget.files?.[0]);
            currentTarget.value = ''; // so that the same file can be chosen again
          }}
        />
        <Button size="small" onClick={() => input.current?.click()}>
          <FolderOpen size={16} aria-hidden />
          {t(opened ? 'terminals.replay.other' : 'terminals.replay.choose')}
        </Button>
      </header>
      {!opened && <p className={styles.note}>{t('terminals.replay.intro')}</p>}
      {trouble !== '' && (
        <p className={styles.failed} role="alert">
          {trouble}
        </p>
      )}
      {opened && <Playback name={opened.name} recording={opened.recording} />}
    </div>
  );
}
