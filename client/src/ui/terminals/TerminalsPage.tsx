import { Clapperboard, SquareTerminal } from 'lucide-react';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { formatRoute } from '../../model/route';
import { useStore, useWorkspace } from '../context';
import { ButtonLink } from '../kit/Button';
import { ErrorNote } from '../kit/ErrorNote';
import { CopyField, Empty, Skeleton } from '../kit/Parts';
import { PageTitle } from '../shell/PageTitle';
import shell from '../shell/shell.module.css';
import { OwnTerminals } from './OwnTerminals';
import { TerminalList } from './TerminalList';
import styles from './terminals.module.css';

/** What may be looked at, wherever it is shared. */
export function TerminalsPage() {
  const { t } = useTranslation();
  const { terminals, ownTerminals } = useWorkspace();
  const own = useStore(ownTerminals.state);
  const { value, error, status } = useStore(terminals.list.state);
  useEffect(() => {
    void terminals.list.load();
  }, [terminals]);
  // A machine says more of its own.
  const others = value?.filter(
    (it) => !own.some(({ machine, name }) => machine === it.device_id && name === it.name),
  );
  return (
    <div className={shell.page}>
      <PageTitle name={t('terminals.title')} />
      <div className={shell.pageInner}>
        <header>
          <h1>{t('terminals.title')}</h1>
          <p className={shell.pageIntro}>{t('terminals.intro')}</p>
          <ButtonLink href={formatRoute({ page: 'replay' })} size="small">
            <Clapperboard size={15} aria-hidden />
            {t('terminals.replay.title')}
          </ButtonLink>
        </header>
        {error && <ErrorNote error={error} onRetry={() => void terminals.list.load()} />}
        {value === null && status !== 'failed' && <Skeleton rows={3} />}
        <OwnTerminals />
        {others !== undefined && others.length > 0 && (
          <section className={shell.section} aria-label={t('terminals.others')}>
            <h2>{t('terminals.others')}</h2>
            <TerminalList label={t('terminals.others')} terminals={others} />
          </section>
        )}
        {others?.length === 0 && own.length === 0 && (
          <div className={styles.none}>
            <Empty
              icon={<SquareTerminal size={26} />}
              title={t('terminals.noneTitle')}
              text={t('terminals.noneText')}
            />
            <CopyField label="mesh-agent" text="mesh-agent terminal share --room ROOM" />
          </div>
        )}
      </div>
    </div>
  );
}
