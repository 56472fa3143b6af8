import { Laptop, Plus } from 'lucide-react';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Device } from '../../protocol/shapes';
import { useStore, useWorkspace } from '../context';
import { Button } from '../kit/Button';
import { ErrorNote } from '../kit/ErrorNote';
import { Empty, Skeleton } from '../kit/Parts';
import { onListKey } from '../shell/list_keys';
import shell from '../shell/shell.module.css';
import { AddMachine } from './AddMachine';
import { DirectAbility } from '../direct/DirectPanel';
import { DeviceRow } from './DeviceRow';
import { PageTitle } from '../shell/PageTitle';

export function DevicesPage() {
  const { t } = useTranslation();
  const { devices } = useWorkspace();
  const { value, error } = useStore(devices.list.state);
  const [adding, setAdding] = useState(false);
  useEffect(() => void devices.list.load(), [devices]);
  const add = () => {
    setAdding(true);
  };
  const machines = value?.filter((device) => device.kind !== 'browser') ?? [];
  const browsers = value?.filter((device) => device.kind === 'browser') ?? [];
  return (
    <div className={shell.page}>
      <PageTitle name={t('devices.title')} />
      <div className={shell.pageInner}>
        <header className={shell.pageHead}>
          <div>
            <h1>{t('devices.title')}</h1>
            <p className={shell.pageIntro}>{t('devices.intro')}</p>
          </div>
          <Button look="primary" onClick={add}>
            <Plus size={17} aria-hidden />
            {t('devices.add')}
          </Button>
        </header>
        {error && <ErrorNote error={error} onRetry={() => void devices.list.load()} />}
        {!value && !error && <Skeleton rows={4} />}
        {value && (
          <>
            <DeviceList title={t('devices.agents')} devices={machines}>
              <Empty
                icon={<Laptop size={26} />}
                title={t('devices.noneTitle')}
                text={t('devices.noneText')}
              />
            </DeviceList>
            {machines.length > 0 && <DirectAbility />}
            <DeviceList title={t('devices.browsers')} devices={browsers} />
          </>
        )}
      </div>
      {adding && (
        <AddMachine
          onClose={() => {
            setAdding(false);
          }}
        />
      )}
    </div>
  );
}

interface ListProps {
  readonly title: string;
  readonly devices: readonly Device[];
  /** Shown when there is none. */
  readonly children?: React.ReactNode;
}

function DeviceList({ title, devices, children }: ListProps) {
  if (devices.length === 0 && !children) return null;
  return (
    <section className={shell.section}>
      <h2>{title}</h2>
      {devices.length === 0 ? (
        <div className={shell.list}>{children}</div>
      ) : (
        <ul className={shell.list} onKeyDown={onListKey}>
          {devices.map((device) => (
            <DeviceRow key={device.device_id} device={device} />
          ))}
        </ul>
      )}
    </section>
  );
}
