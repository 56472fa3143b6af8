/** How the page looks and speaks, how one appears to others, and what may interrupt. Kept in this browser. */
import { useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { statusChoices } from '../../model/attendance';
import { alertKinds, densities, languages, themes, type AlertKind } from '../../model/preferences';
import { languageNames } from '../auth/AuthFrame';
import { useMesh, useStore, useWorkspace } from '../context';
import { Button } from '../kit/Button';
import { Choices } from '../kit/Parts';
import { KeyMap } from '../shell/KeyMap';
import shell from '../shell/shell.module.css';
import styles from './account.module.css';

export function Settings() {
  const { t } = useTranslation();
  return (
    <>
      <section className={shell.section}>
        <h2>{t('account.presence')}</h2>
        <div className={shell.list}>
          <Status />
          <Alerts />
        </div>
      </section>
      <section className={shell.section}>
        <h2>{t('account.appearance')}</h2>
        <Appearance />
      </section>
    </>
  );
}

interface SettingProps {
  readonly name: string;
  readonly note?: string | undefined;
  readonly children: ReactNode;
}

function Setting({ name, note, children }: SettingProps) {
  return (
    <div className={styles.setting}>
      <span className={styles.settingText}>
        {name}
        {note !== undefined && <span className={styles.settingNote}>{note}</span>}
      </span>
      {children}
    </div>
  );
}

function Status() {
  const { t } = useTranslation();
  const { attendance } = useWorkspace();
  return (
    <Setting name={t('account.status')} note={t('account.statusNote')}>
      <Choices
        label={t('account.status')}
        value={useStore(attendance.chosen)}
        onValue={attendance.choose}
        options={statusChoices.map((value) => ({ value, text: t(`presence.${value}`) }))}
      />
    </Setting>
  );
}

function Alerts() {
  const { t } = useTranslation();
  const { preferences, alerts } = useMesh();
  const { alerts: wanted } = useStore(preferences.state);
  const [permission, setPermission] = useState(alerts.permission);
  const choose = async (kind: AlertKind) => {
    // The browser asks its person once; without a yes nothing would ever be shown.
    const answer = kind === 'none' || permission === 'granted' ? permission : await alerts.ask();
    setPermission(answer);
    preferences.setAlerts(kind === 'none' || answer === 'granted' ? kind : 'none');
  };
  const note =
    permission === 'unsupported'
      ? t('account.alertsUnsupported')
      : permission === 'denied'
        ? t('account.alertsDenied')
        : t('account.alertsNote');
  return (
    <Setting name={t('account.alerts')} note={note}>
      <Choices
        label={t('account.alerts')}
        value={permission === 'granted' ? wanted : 'none'}
        onValue={(kind) => void choose(kind)}
        options={alertKinds.map((value) => ({ value, text: t(`account.alertKind.${value}`) }))}
      />
    </Setting>
  );
}

function Appearance() {
  const { t } = useTranslation();
  const { preferences } = useMesh();
  const { theme, language, density } = useStore(preferences.state);
  const [keys, setKeys] = useState(false);
  return (
    <div className={shell.list}>
      <Setting name={t('common.theme')}>
        <Choices
          label={t('common.theme')}
          value={theme}
          onValue={preferences.setTheme}
          options={themes.map((value) => ({ value, text: t(`theme.${value}`) }))}
        />
      </Setting>
      <Setting name={t('account.density')}>
        <Choices
          label={t('account.density')}
          value={density}
          onValue={preferences.setDensity}
          options={densities.map((value) => ({ value, text: t(`density.${value}`) }))}
        />
      </Setting>
      <Setting name={t('common.language')}>
        <Choices
          label={t('common.language')}
          value={language}
          onValue={preferences.setLanguage}
          options={languages.map((value) => ({ value, text: languageNames[value], lang: value }))}
        />
      </Setting>
      <Setting name={t('account.keyboard')} note={t('account.keyboardNote')}>
        <Button
          size="small"
          onClick={() => {
            setKeys(true);
          }}
        >
          {t('switcher.keys')}
        </Button>
      </Setting>
      {keys && (
        <KeyMap
          onClose={() => {
            setKeys(false);
          }}
        />
      )}
    </div>
  );
}
